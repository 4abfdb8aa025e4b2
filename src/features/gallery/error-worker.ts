/** Maps where two pictures differ, beside the page: FLIP takes longer than a frame. */
import { type ErrorMap, errorMap } from '../../imaging/heat-map.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { ErrorScale } from '../../store/view.ts';

export interface ErrorQuestion {
  readonly key: string;
  readonly a: Rgba8;
  readonly b: Rgba8;
  readonly full: ErrorScale;
}

export interface ErrorAnswer extends ErrorMap {
  readonly key: string;
}

/** The page's types know the window alone. */
const scope = self as unknown as Pick<Worker, 'postMessage' | 'onmessage'>;

scope.onmessage = ({ data: { key, a, b, full } }: MessageEvent<ErrorQuestion>) => {
  const answer: ErrorAnswer = { key, ...errorMap(a, b, full) };
  scope.postMessage(answer, [answer.picture.data.buffer]);
};
