/** What things are called on the page. */
import type { DegradationKind, MetricFacts, SetKind } from '../../engine/evaluation-protocol.ts';

export const setTitles: Readonly<Record<SetKind, string>> = {
  degraded: 'HR pictures, reduced here',
  pairs: 'HR and LR pairs, by file name',
  blind: 'LR pictures alone: times and no-reference scores',
};

export const degradationTitles: Readonly<Record<DegradationKind, string>> = {
  bicubic: 'Bicubic ÷4',
  'realesrgan-test': 'Real-ESRGAN, test settings',
  realesrgan: 'Real-ESRGAN, training settings',
};

const kindTitles: Readonly<Record<MetricFacts['kind'], string>> = {
  'full-reference': 'against the truth',
  'no-reference': 'of the output alone',
  features: 'Fréchet distance over the set',
};

export const metricText = ({ kind, better }: MetricFacts): string =>
  `${kindTitles[kind]}, ${better === 'higher' ? 'larger' : 'smaller'} is better`;
