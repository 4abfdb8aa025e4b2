import type { TrainingConfig } from './config.ts';
import type { NetworkName } from './names.ts';

/** The networks that a configuration trains (§8.5: a weight of 0 switches D_H off, or G and D_L). */
export function participants({ lambdaHr, lambdaLr }: Pick<TrainingConfig, 'lambdaHr' | 'lambdaLr'>): NetworkName[] {
  return [
    'student',
    ...(lambdaHr > 0 ? (['discriminatorHR'] as const) : []),
    ...(lambdaLr > 0 ? (['downsampler', 'discriminatorLR'] as const) : []),
  ];
}
