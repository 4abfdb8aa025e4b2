import { Dialog } from '@base-ui/react/dialog';
import { BookmarkPlus, ZoomIn, ZoomOut } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { useApp } from '../../../store/context.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import dialog from '../../ui/dialogs.module.css';
import { Formula } from '../equations/Formula.tsx';
import { stepIteration } from '../keys.ts';
import { usePin } from '../runs/pin.ts';
import { useFeed, writeText } from '../use-feed.ts';
import styles from './EnlargeDialog.module.css';
import { PanelPicture } from './PanelCard.tsx';
import type { Card } from './panels.ts';

/** The pictures' iteration: the nearest earlier one that was kept. */
export function StepText() {
  const text = useFeed<HTMLParagraphElement>(['panels', 'rows', 'view'], (element, feed, { iteration }) => {
    const frame = feed.frame(iteration);
    const part = iteration === null ? feed.partStep : null;
    const none = feed.step > 0 ? 'Pictures come with the next iteration.' : '';
    const shown = part ?? frame?.step ?? null;
    writeText(element, shown === null ? none : `Pictures of iteration ${(shown + 1).toLocaleString('en-US')}`);
  });
  return <p ref={text} className={styles.step} data-testid="picture-step" />;
}

const zooms = [1, 2, 3, 4, 6, 8, 12, 16];
const zoomKeys: Readonly<Record<string, number>> = { '+': 1, '=': 1, '-': -1 };
const moveKeys: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

interface EnlargeDialogProps {
  /** Null: closed. */
  readonly card: Card | null;
  readonly onClose: () => void;
}

/** A panel pixel by pixel, as large as one likes; arrow keys go through the iterations. */
export function EnlargeDialog({ card, onClose }: EnlargeDialogProps) {
  const { feed, chartView } = useApp();
  const [level, setLevel] = useState(4);
  const zoom = zooms[level];
  const note = usePin();
  const change = (by: number) => setLevel(Math.min(zooms.length - 1, Math.max(0, level + by)));
  const press = (event: KeyboardEvent) => {
    const [zoomBy, moveBy] = [zoomKeys[event.key], moveKeys[event.key]];
    if (zoomBy === undefined && moveBy === undefined) return;
    event.preventDefault();
    if (zoomBy !== undefined) change(zoomBy);
    if (moveBy !== undefined) stepIteration(feed, chartView, moveBy);
  };
  return (
    <Dialog.Root open={card !== null} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${styles.popup}`} onKeyDown={press}>
          <Dialog.Title className={dialog.title}>
            {card && <Formula tex={card.symbol} />} {card?.name}
          </Dialog.Title>
          <Dialog.Description className={styles.description}>{card?.sentence}</Dialog.Description>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard too */}
          <section className={styles.enlargePictures} tabIndex={0} aria-label="Enlarged">
            {card?.pictures.map(({ panel, label }) => (
              <PanelPicture key={`${panel} ${zoom}`} panel={panel} label={label} zoom={zoom} />
            ))}
          </section>
          <div className={styles.bar}>
            <IconButton icon={ZoomOut} label="Smaller" keys="−" disabled={level === 0} onClick={() => change(-1)} />
            <output>×{zoom}</output>
            <IconButton
              icon={ZoomIn}
              label="Larger"
              keys="+"
              disabled={level === zooms.length - 1}
              onClick={() => change(1)}
            />
            {note && card && (
              <IconButton icon={BookmarkPlus} label={`Pin ${card.name} to the notes`} onClick={() => void note(card)} />
            )}
            <StepText />
            <Dialog.Close render={<Button />}>Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
