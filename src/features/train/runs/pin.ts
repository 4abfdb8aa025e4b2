/** Pins pictures of the run to its notes, from which they go into its logbook. */
import { useApp, useAppState } from '../../../store/context.ts';
import { panelPicture } from '../../../store/training-feed.ts';
import { formatInteger } from '../../ui/format.ts';
import type { Card } from '../diagram/panels.ts';

/**
 * Pins a card's pictures as they are shown now, of the iteration that is looked at. Null where no run is open.
 */
export function usePin(): ((card: Pick<Card, 'name' | 'pictures'>) => Promise<void>) | null {
  const { feed, chartView, actions } = useApp();
  const run = useAppState(({ training }) => training.run?.run ?? null);
  if (run === null) return null;
  return async ({ name, pictures }) => {
    // The sheets may go while the first picture is packed.
    const packed = pictures.flatMap(({ panel, label }) => {
      const shown = feed.panel(chartView.now.iteration, panel);
      return shown ? [{ step: shown.step, panel, caption: label, image: panelPicture(shown) }] : [];
    });
    const [first] = packed;
    if (!first) {
      actions.notify('info', 'There is no such picture yet: it comes with the next iteration.');
      return;
    }
    try {
      for (const pin of packed) actions.pinPanel(run, { ...pin, image: await pin.image });
      const at = formatInteger(first.step + 1);
      actions.notify('info', `${name} of iteration ${at} is pinned to the run’s notes, in the list of runs.`);
    } catch {
      actions.notify('warning', 'The browser has no memory left for the picture: close other tabs and pin it again.');
    }
  };
}
