import { useEffect, useState } from 'react';
import { useApp } from '../../../store/context.ts';
import { Replay } from '../../../store/replay.ts';

/** Beside the page; made by `npm run train` and `npm run bundle` (docs/training.md). */
const address = 'recordings/nano.zip';

async function load(signal: AbortSignal): Promise<Blob> {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.blob();
}

/** The recorded run, playing already unless motion is unwanted; null while it is not wanted, not here or not to be had. */
export function useReplay(isWanted: boolean): Replay | null {
  const { feed, look } = useApp();
  const [replay, setReplay] = useState<Replay | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    const abort = new AbortController();
    let opened: Replay | null = null;
    const open = async () => Replay.open(await load(abort.signal), { feed, look });
    open().then(
      (found) => {
        if (abort.signal.aborted) {
          found.dispose();
          return;
        }
        opened = found;
        setReplay(found);
        if (!matchMedia('(prefers-reduced-motion: reduce)').matches) found.play();
      },
      // Without it the page is as it is without a run.
      () => {},
    );
    return () => {
      abort.abort();
      opened?.dispose();
      setReplay(null);
    };
  }, [isWanted, feed, look]);
  return replay;
}
