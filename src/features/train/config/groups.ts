/** The settings in the order of the form. Every option of co-training belongs to one group. */
import { type OptionName, options } from '../../../paper/options.ts';

interface OptionGroup {
  readonly title: string;
  readonly names: readonly OptionName[];
}

const optimizer: readonly OptionName[] = [
  'learningRate',
  'learningRateEnd',
  'warmup',
  'decaySteps',
  'downsamplerRate',
  'discriminatorRate',
  'featureRate',
  'beta1',
  'beta2',
  'discriminatorBeta1',
  'discriminatorBeta2',
  'clip',
  'ema',
];
const measurement: readonly OptionName[] = ['heldOutEvery'];
const all = Object.keys(options) as OptionName[];
const isStart = (name: OptionName) => !options[name].hot;

export const optionGroups: readonly OptionGroup[] = [
  {
    title: 'Losses and readings of the paper',
    names: all.filter((name) => !isStart(name) && ![...optimizer, ...measurement].includes(name)),
  },
  { title: 'Optimizer', names: optimizer },
  { title: 'Measurement', names: measurement },
  { title: 'Start of the run', names: all.filter(isStart) },
];
