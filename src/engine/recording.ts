/** Recorded runs. The page reads them itself: they are there to be seen before the worker has its weights, or without any. */
export type { Bundle as Recording } from './training/bundle/bundle.ts';
export { readBundle as readRecording } from './training/bundle/read-bundle.ts';
