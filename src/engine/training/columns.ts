/** The fixed order of an iteration's phases and numbers, by which both ends read them. */
import {
  heldOutNames,
  lossNames,
  networkNames,
  phases,
  scoreNames,
  spreadNames,
  termNames,
} from '../../training/names.ts';

/** In the order of an iteration; the teacher samples only crops that it has not sampled before. */
export const trainingPhases = ['teacherTarget', ...phases] as const;
export type TrainingPhase = (typeof trainingPhases)[number];

const under = <const G extends string, const N extends string>(group: G, names: readonly N[]) =>
  names.map((name) => `${group}.${name}` as const);

/** The numbers of one iteration in their order; NaN stands for what was not measured. Times are milliseconds. */
export const columns = [
  'step' as const,
  ...under('losses', lossNames),
  ...under('scores', scoreNames),
  ...under('accuracies', scoreNames),
  ...under('spreads', spreadNames),
  ...under('heldOut', heldOutNames),
  ...under('termGrads', termNames),
  ...under('termShares', termNames),
  ...under('gradNorms', networkNames),
  ...under('timing', [...trainingPhases, 'whole']),
] as const;
export type Column = (typeof columns)[number];
