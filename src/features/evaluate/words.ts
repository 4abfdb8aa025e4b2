/** What things are called on the page. */
import type { SetKind } from '../../protocol/evaluate.ts';
import type { MetricFacts } from '../../report/columns.ts';

export const setTitles: Readonly<Record<SetKind, string>> = {
  degraded: 'HR pictures, reduced here',
  pairs: 'HR and LR pairs, by file name',
  blind: 'LR pictures alone: times and no-reference scores',
};

const kindTitles: Readonly<Record<MetricFacts['kind'], string>> = {
  'full-reference': 'against the truth',
  'no-reference': 'of the output alone',
  features: 'Fréchet distance over the set',
};

export const metricText = ({ kind, better }: MetricFacts): string =>
  `${kindTitles[kind]}, ${better === 'higher' ? 'larger' : 'smaller'} is better`;
