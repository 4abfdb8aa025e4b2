/**
 * Health of a run from its last iterations: each network's light with a sentence on what to try. Pure functions of the
 * curves.
 */

import type { TrainingConfig } from '../../../paper/config.ts';
import { type TermName, termNames } from '../../../paper/names.ts';
import type { CurveName, Curves } from '../../../store/curves/curves.ts';
import { formatTwoDigits } from '../../ui/format.ts';

export type Light = 'waiting' | 'good' | 'warning' | 'bad';

export interface Health {
  readonly name: string;
  readonly light: Light;
  readonly sentence: string;
}

/** Iterations that a light looks at. */
export const span = 30;

/** The last values of a curve, newest last; fewer where it was not measured. @param back iterations to leave out at the end */
function recent(curves: Curves, name: CurveName, back = 0): number[] {
  const curve = curves.get(name);
  const values: number[] = [];
  for (let index = curves.end - back - span; index < curves.end - back; index++) {
    const value = curve.at(index);
    if (!Number.isNaN(value)) values.push(value);
  }
  return values;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number) => `${Math.round(100 * share)} %`;

/** Right in so few cases, a discriminator guesses; with mean scores so far apart it still tells real from fake. */
const [chance, tellingApart] = [0.55, 0.3];
/** Of the student's gradient: a term with less has no effect. */
const leastShare = 0.01;

type Side = 'HR' | 'LR';

/** A discriminator that is never wrong and has no loss left gives no direction any more. */
export function discriminatorHealth(curves: Curves, config: TrainingConfig, side: Side): Health | null {
  const name = side === 'HR' ? 'D_H' : 'D_L';
  const [real, fake] = side === 'HR' ? (['hrReal', 'hrFake'] as const) : (['lrReal', 'lrFake'] as const);
  const [ofReal, ofFake] = [recent(curves, `accuracies.${real}`), recent(curves, `accuracies.${fake}`)];
  if (ofReal.length === 0) return null;
  if (ofReal.length < span) return { name, light: 'waiting', sentence: waiting };
  const right = Math.min(mean(ofReal), mean(ofFake));
  // The printed loss falls without bound: it has no zero to come near.
  const loss = config.discriminatorLoss === 'literal' ? 0 : mean(recent(curves, `losses.d${side}`));
  const facts = `${percent(right)} right at least, loss ${formatTwoDigits(loss)}`;
  const advice = `lower “Rate of the D’s”, or raise λ_${side === 'HR' ? 'H' : 'L'}`;
  if (right > 0.98 && loss < 0.1) {
    const sentence = `${name} is never wrong (${facts}), so nobody learns from it any more: ${advice}.`;
    return { name, light: 'bad', sentence };
  }
  if (right > 0.95 && loss < 0.4) {
    return { name, light: 'warning', sentence: `${name} is hardly ever wrong (${facts}). If it stays so, ${advice}.` };
  }
  const apart = mean(recent(curves, `scores.${real}`)) - mean(recent(curves, `scores.${fake}`));
  const hits = (mean(ofReal) + mean(ofFake)) / 2;
  // By its score alone a D may tell them apart, with the border between them elsewhere than at 0.
  if (hits < chance && !(apart >= tellingApart)) {
    const found = `${percent(hits)} right, mean scores ${formatTwoDigits(apart)} apart`;
    const sentence = `${name} is at chance: it can’t tell real from fake (${found}), so its gradient says nothing. Give it time, or raise “Rate of the D’s” or “Updates of the D’s”.`;
    return { name, light: 'warning', sentence };
  }
  return { name, light: 'good', sentence: `${name} tells real from fake, but not always: ${facts}.` };
}

const termLabels = {
  denoiseStudent: 'L_denoise',
  distill: 'L_distill',
  perceptual: 'LPIPS',
  gHR: 'L_H^G',
  gLR: 'L_L^G',
  cycle: 'L_cycle',
  inverse: 'L_inverse',
  gt: 'L_gt',
} as const satisfies Readonly<Record<TermName, string>>;

/** Terms of the student's loss that its gradient would hardly miss; null where their shares were not measured. */
export function termHealth(curves: Curves): Health | null {
  const name = 'Terms';
  const measured = termNames.map((term) => ({ term, shares: recent(curves, `termShares.${term}`) }));
  if (measured.every(({ shares }) => shares.length === 0)) return null;
  const known = measured.filter(({ shares }) => shares.length === span);
  if (known.length === 0) return { name, light: 'waiting', sentence: waiting };
  const idle = known.filter(({ shares }) => mean(shares) < leastShare);
  if (idle.length === 0) {
    return { name, light: 'good', sentence: 'Every term has its part in the student’s gradient.' };
  }
  const told = idle.map(({ term, shares }) => `${termLabels[term]} (${(100 * mean(shares)).toPrecision(2)} %)`);
  const sentence = `${list(told)} ${idle.length > 1 ? 'have' : 'has'} no effect on the student: less than ${percent(leastShare)} of its gradient. Raise the weight, or switch “Adversarial weights” to adaptive.`;
  return { name, light: 'warning', sentence };
}

/** Two ways in which G fails: pictures without contrast, and pictures that leave y. */
export function downsamplerHealth(curves: Curves): Health | null {
  const name = 'G';
  const [yHat, lr] = [recent(curves, 'pixelStd.yHat'), recent(curves, 'pixelStd.lr')];
  if (yHat.length === 0) return null;
  if (yHat.length < span) return { name, light: 'waiting', sentence: waiting };
  const contrast = mean(yHat) / Math.max(mean(lr), 1e-6);
  if (contrast < 0.5) {
    const sentence = `ŷ has ${percent(contrast)} of the contrast of y, so G is collapsing: lower λ_L or “Rate of G”, or rewind.`;
    return { name, light: 'bad', sentence };
  }
  const now = mean(recent(curves, 'losses.denoiseDownsampler'));
  const before = recent(curves, 'losses.denoiseDownsampler', 2 * span);
  if (before.length === span && now > 2 * mean(before)) {
    const growth = formatTwoDigits(now / mean(before));
    const sentence = `ŷ moves away from y: its squared distance is ${growth} times that of ${2 * span} iterations ago. Lower λ_L or “Rate of G”.`;
    return { name, light: now > 4 * mean(before) ? 'bad' : 'warning', sentence };
  }
  if (contrast < 0.75) {
    const sentence = `ŷ has ${percent(contrast)} of the contrast of y. If it falls on, lower λ_L or “Rate of G”.`;
    return { name, light: 'warning', sentence };
  }
  return { name, light: 'good', sentence: `ŷ stays by y, with ${percent(contrast)} of its contrast.` };
}

const networks = { student: 'the student', downsampler: 'G', discriminatorHR: 'D_H', discriminatorLR: 'D_L' } as const;
/** Multiples of the max gradient norm. D's gradients of several times that length are usual, and with Adam the direction counts alone. */
const [vanishing, cut, exploding] = [1e-4, 30, 1000];

const list = (names: readonly string[]) => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** Gradients that are always cut to a small part of their length, far too long, or as good as none. */
export function gradientHealth(curves: Curves, { clip }: TrainingConfig): Health {
  const name = 'Gradients';
  const found = Object.entries(networks).flatMap(([network, label]) => {
    const norms = recent(curves, `gradNorms.${network as keyof typeof networks}`);
    return norms.length === span ? [{ label, low: Math.min(...norms) / clip, high: Math.max(...norms) / clip }] : [];
  });
  if (found.length === 0) return { name, light: 'waiting', sentence: waiting };
  const those = (is: (norms: { low: number; high: number }) => boolean) =>
    list(found.filter(is).map(({ label }) => label));
  const gone = those(({ high }) => high < vanishing);
  if (gone) {
    const sentence = `The gradients of ${gone} are as good as none: raise the weights of the losses behind them, or rewind.`;
    return { name, light: 'bad', sentence };
  }
  const huge = those(({ low }) => low > exploding);
  if (huge) {
    const sentence = `The gradients of ${huge} are over ${exploding} times the max gradient norm: lower the learning rate, or rewind.`;
    return { name, light: 'bad', sentence };
  }
  const clipped = those(({ low }) => low > cut);
  if (clipped) {
    const sentence = `The gradients of ${clipped} are over ${cut} times the max gradient norm in every iteration: raise “Max gradient norm”, or lower the learning rate.`;
    return { name, light: 'warning', sentence };
  }
  return { name, light: 'good', sentence: 'All gradients are in range.' };
}

/** A student that the other losses take away from its teacher. */
export function studentHealth(curves: Curves, { distillWeight }: TrainingConfig): Health | null {
  const name = 'Student';
  if (distillWeight === 0) return null;
  const values = recent(curves, 'losses.distill');
  if (values.length < span) return { name, light: 'waiting', sentence: waiting };
  const before = recent(curves, 'losses.distill', 3 * span);
  const growth = before.length === span ? mean(values) / mean(before) : 1;
  if (growth <= 1.2) return { name, light: 'good', sentence: 'The student stays by its teacher.' };
  const facts = `its distance is ${formatTwoDigits(growth)} times that of ${3 * span} iterations ago`;
  return {
    name,
    light: growth > 1.5 ? 'bad' : 'warning',
    sentence: `The student leaves its teacher: ${facts}. Lower the learning rate, λ_H or λ_L, or rewind.`,
  };
}

const waiting = `Told from ${span} iterations on.`;

export function healthOf(curves: Curves, config: TrainingConfig): Health[] {
  return [
    studentHealth(curves, config),
    termHealth(curves),
    downsamplerHealth(curves),
    discriminatorHealth(curves, config, 'HR'),
    discriminatorHealth(curves, config, 'LR'),
    gradientHealth(curves, config),
  ].filter((health) => health !== null);
}
