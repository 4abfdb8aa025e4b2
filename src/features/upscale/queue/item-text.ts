/** What a queue row says about its image. */
import type { QueueItem } from '../../../store/queue.ts';
import { formatBytes, formatCount, formatSeconds } from '../../ui/format.ts';

type Spoken = Pick<QueueItem, 'state' | 'prediction' | 'progress' | 'result' | 'message'>;

export function percentOf({ progress }: Pick<QueueItem, 'progress'>): number {
  return progress && progress.total > 0 ? Math.floor((100 * progress.done) / progress.total) : 0;
}

function timeLeft({ progress }: Spoken): string {
  if (!progress || progress.etaSeconds === null) return '';
  const band = progress.etaBand !== null && progress.etaBand >= 0.5 ? ` ± ${formatSeconds(progress.etaBand)}` : '';
  return `, ${formatSeconds(progress.etaSeconds)}${band} left`;
}

/** Memory and time, known before the run; both depend on the engine's tile. */
export function predictionText({ prediction: { run } }: Pick<QueueItem, 'prediction'>): string {
  if (!run) return 'time and memory not known yet';
  const { tiles, seconds, peakBytes } = run;
  return `about ${formatSeconds(seconds)} · ${formatBytes(peakBytes)} · ${formatCount(tiles, 'tile')}`;
}

export function stateText(item: Spoken): string {
  const { state, progress, result, message } = item;
  switch (state) {
    case 'ready':
      return 'Ready';
    case 'waiting':
      return progress && progress.done > 0 ? `Waiting, ${progress.done} of ${progress.total} tiles kept` : 'Waiting';
    case 'running':
      return progress ? `${progress.done} of ${progress.total} tiles${timeLeft(item)}` : 'Starting';
    case 'paused':
      return progress ? `Paused, ${progress.done} of ${progress.total} tiles kept` : 'Paused';
    case 'done':
      return result ? `Done in ${formatSeconds(result.seconds)}` : 'Done';
    case 'failed':
      return `Failed: ${message ?? 'for an unknown reason; try again.'}`;
  }
}
