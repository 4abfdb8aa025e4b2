/** What goes on, in words. */
import type { CompareWork } from '../../../protocol/compare.ts';
import { formatSeconds } from '../../ui/format.ts';

const tasks: Readonly<Record<CompareWork['task'], string>> = {
  prepare: 'Making the input',
  methods: 'Comparing',
  chain: 'The teacher’s steps',
  sweep: 'Sweeping seeds',
  model: 'Trying the model',
};

const phases: Readonly<Record<CompareWork['phase'], string>> = {
  queued: 'waits for its turn',
  opening: 'loads and tries a tile',
  running: 'runs',
  measuring: 'is measured',
};

/** @param title of the method in work. @param isReady whether the engine is */
export function workText(work: CompareWork, title: string | null, isReady: boolean): string {
  const { task, phase, done, total, etaSeconds, etaOf } = work;
  if (phase === 'queued') return isReady ? `${tasks[task]} …` : `${tasks[task]}: waits for the engine …`;
  const count = total > 1 ? `${Math.min(done + 1, total)} of ${total}: ` : '';
  const what = `${count}${title ?? tasks[task]} ${phases[phase]}`;
  if (etaSeconds === null) return `${what} …`;
  return `${what}, ${formatSeconds(etaSeconds)} left${etaOf === 'method' && task === 'methods' ? ' for it' : ''}`;
}

/** 0 … 1 of all of it; undefined: it can't be said. */
export function workShare({ done, total, share, phase }: CompareWork): number | undefined {
  if (phase === 'queued' || (total <= 1 && share === 0)) return undefined;
  return Math.min(1, (done + share) / Math.max(1, total));
}
