/**
 * One co-training iteration (§8.A) as named phases: the student, G, D_H and D_L learn; the teacher's sample is given.
 *
 *     studentForward → downsample → updateDiscriminatorHR → updateDiscriminatorLR → updateStudent → updateDownsampler
 *
 * The D's learn on what the student and G put out before this iteration's updates. L_L^G reaches the student through G
 * (eq. 7); G's own update (eq. 8) stops at the student's output (§8.15).
 */
import * as tf from '@tensorflow/tfjs-core';
import { advanceSpectralNorms, discriminate } from '../nn/discriminator.ts';
import { lpips } from '../nn/lpips.ts';
import { augment, type DrawName, windowed } from './batch.ts';
import type { Iteration } from './iteration.ts';
import type { Phase, TermName } from './names.ts';
import { asSeenLR, decodedWindow, denoiserOf, downsampled, studentOutput } from './networks.ts';
import {
  adaptivelyWeighted,
  byDetail,
  denoiseObjective,
  discriminatorObjective,
  distillObjective,
  generatorObjective,
  groundTruthTerm,
  inverseTerm,
  invertTruth,
  type LogitMaps,
  meanLogit,
  pixelStd,
  quantised,
  type TermGradient,
  termGradient,
  totalGradient,
  weightedSum,
} from './objectives.ts';
import { priorSample } from './sampler.ts';

/** x̂_φ(x_T, y, T). */
export function studentForward(iteration: Iteration): void {
  const { zy, lr, noise } = iteration.batch;
  iteration.latent = tf.keep(studentOutput(iteration.models, iteration.params('student'), zy, lr, noise));
}

/** ŷ = G(concat(ε̃, x̂)). */
export function downsample(iteration: Iteration): void {
  if (!iteration.has('downsampler')) return;
  const { batch, config, measured } = iteration;
  const yHat = tf.keep(yHatOf(iteration, iteration.studentLatent));
  iteration.yHat = yHat;
  measured.record('pixelStd', 'lr', pixelStd(config.downsamplerSpace === 'pixels' ? batch.lr : batch.zy));
  measured.record('pixelStd', 'yHat', pixelStd(yHat));
}

type DownsamplerTerm = 'denoiseDownsampler' | 'gLRDownsampler';

function updateDiscriminator(iteration: Iteration, side: 'HR' | 'LR', real: tf.Tensor4D, fake: tf.Tensor4D): void {
  const name = `discriminator${side}` as const;
  const [realName, fakeName] = side === 'HR' ? (['hrReal', 'hrFake'] as const) : (['lrReal', 'lrFake'] as const);
  const { models, config, measured } = iteration;
  const network = iteration.network(name);
  for (let turn = 0; turn < config.discriminatorSteps; turn++) {
    const isLast = turn === config.discriminatorSteps - 1;
    network.assignBuffers(advanceSpectralNorms(network.params, models[name]));
    const { loss, norm } = iteration.descend(name, () => {
      const ofReal = logits(iteration, name, realName, real, turn);
      const ofFake = logits(iteration, name, fakeName, fake, turn);
      if (isLast) {
        measured.record('scores', realName, meanLogit(ofReal));
        measured.record('scores', fakeName, meanLogit(ofFake));
        measured.observe(realName, ofReal);
        measured.observe(fakeName, ofFake);
      }
      return discriminatorObjective(config.discriminatorLoss, ofReal, ofFake);
    });
    if (!isLast) continue;
    measured.record('losses', `d${side}`, loss);
    measured.record('gradNorms', name, norm);
  }
}

/** Eq. 3. D_H’s real picture is x₀ itself, or x₀ as the decoder would show it (§8.24). */
function updateDiscriminatorHR(iteration: Iteration): void {
  if (!iteration.has('discriminatorHR')) return;
  const { config, batch } = iteration;
  iteration.fakeHR = tf.keep(windowOf(iteration, iteration.studentLatent));
  const real = config.hrReal === 'decoded' ? windowOf(iteration, batch.z0) : windowed(batch.x, batch.window);
  updateDiscriminator(iteration, 'HR', real, iteration.fakeHR);
}

/** Eq. 5. */
function updateDiscriminatorLR(iteration: Iteration): void {
  const { models, config, batch, yHat } = iteration;
  if (yHat && iteration.has('discriminatorLR'))
    updateDiscriminator(iteration, 'LR', batch.lr, asSeenLR(models, config, yHat));
}

/** The terms of the student's output that count, each by its gradient there; values of the others are recorded alone. */
function studentGradients(iteration: Iteration): TermGradient<TermName>[] {
  const { config, measured, studentLatent } = iteration;
  const gradients: TermGradient<TermName>[] = [];
  for (const { name, weight, value } of outputTerms(iteration)) {
    if (weight === 0) measured.record('losses', name, value(studentLatent));
    else gradients.push(termGradient(name, weight, value, studentLatent));
  }
  if (config.lambdaMode === 'fixed') return gradients;
  const shares = { gHR: config.lambdaHr, gLR: config.lambdaLr };
  return adaptivelyWeighted(gradients, ['denoiseStudent', 'distill', 'perceptual'], shares, studentLatent);
}

/**
 * Eq. 7. The gradient is taken in two parts: of each term by the student's output, then once through the student. So the
 * activations of one network at a time are held, the student runs once for all terms, and each term's part is known.
 */
export function updateStudent(iteration: Iteration): void {
  if (!iteration.isPastWarmup) return;
  const { models, batch, measured, studentLatent } = iteration;
  const gradients = studentGradients(iteration);
  for (const { name, value, norm, weight } of gradients) {
    measured.record('losses', name, value);
    measured.record('termGrads', name, tf.mul(norm, weight));
  }
  const byOutput = totalGradient(gradients, studentLatent);
  const others = inputTerms(iteration);
  const { zy, lr, noise } = batch;
  const found: { value: tf.Scalar; weight: tf.Scalar }[] = [];
  const { norm } = iteration.descend('student', () => {
    const latent = studentOutput(models, iteration.params('student'), zy, lr, noise);
    const parts = others.map(({ name, weight, value }) => {
      const term = { value: tf.keep(value()), weight: tf.keep(tf.scalar(weight)) };
      found.push(term);
      measured.record('losses', name, term.value);
      // By the output that it judges: the gradient of a mean of squares over n numbers has the norm 2 √(value/n).
      measured.record('termGrads', name, tf.mul(tf.sqrt(tf.div(term.value, latent.size)), 2 * weight));
      return tf.mul(term.value, weight);
    });
    // A surrogate loss ⟨x̂, ∂L/∂x̂⟩: its gradient by φ is that of the output's terms (a vector–Jacobian product).
    return tf.addN([tf.sum(tf.mul(latent, byOutput)), ...parts]) as tf.Scalar;
  });
  measured.record('losses', 'student', weightedSum([...gradients, ...found]));
  measured.record('gradNorms', 'student', norm);
  tf.dispose(found.flatMap(({ value, weight }) => [value, weight]));
}

/**
 * Eq. 8, from the student's output as it was: no gradient reaches the student. In two parts as eq. 7; adaptive, λ_L is a
 * share of the denoising loss's gradient by ŷ.
 */
export function updateDownsampler(iteration: Iteration): void {
  const { config, measured, factors, studentLatent, yHat } = iteration;
  if (!yHat || !iteration.isPastWarmup) return;
  const denoise = (at: tf.Tensor4D) => downsamplerDenoise(iteration, at);
  const adversarial = (at: tf.Tensor4D) => adversarialLR(iteration, 'lrDownsampler', at);
  const fixed = [
    termGradient('denoiseDownsampler' as const, factors.denoise, denoise, yHat),
    termGradient('gLRDownsampler' as const, factors.others * config.lambdaLr, adversarial, yHat),
  ];
  const gradients =
    config.lambdaMode === 'fixed'
      ? fixed
      : adaptivelyWeighted<DownsamplerTerm>(fixed, ['denoiseDownsampler'], { gLRDownsampler: config.lambdaLr }, yHat);
  for (const { name, value } of gradients) measured.record('losses', name, value);
  const byOutput = totalGradient(gradients, yHat);
  const { norm } = iteration.descend(
    'downsampler',
    () => tf.sum(tf.mul(yHatOf(iteration, studentLatent), byOutput)) as tf.Scalar,
  );
  measured.record('losses', 'downsampler', weightedSum(gradients));
  measured.record('gradNorms', 'downsampler', norm);
}

const run: Readonly<Record<Phase, (iteration: Iteration) => void>> = {
  studentForward,
  downsample,
  updateDiscriminatorHR,
  updateDiscriminatorLR,
  updateStudent,
  updateDownsampler,
};

/**
 * Runs an iteration's next phase; nothing when all have run.
 * @param perform carries it out
 */
export function runPhase(
  iteration: Iteration,
  perform: (phase: Phase, work: () => void) => void = (_, work) => tf.tidy(work),
): void {
  const { phase } = iteration;
  if (!phase) return;
  perform(phase, () => run[phase](iteration));
  iteration.completePhase();
}

// The terms of eq. 7. G and both D's are functions in them, not learners.

export type Discriminator = 'discriminatorHR' | 'discriminatorLR';

export interface Term<Value> {
  readonly name: TermName;
  /** With the factor of eq. 7. */
  readonly weight: number;
  readonly value: Value;
}

/** Pictures as a discriminator sees them: D_L in 8 bit, real and fake alike. */
export const seenBy = (name: Discriminator, { config }: Iteration, x: tf.Tensor4D): tf.Tensor4D =>
  name === 'discriminatorLR' && config.quantiseLr ? quantised(x) : x;

/**
 * D's logits of pictures under the draws of one purpose.
 * @param x [B, H, W, 3]; turn: the D's update in this iteration, from 0
 */
function logits(iteration: Iteration, name: Discriminator, draws: DrawName, x: tf.Tensor4D, turn = 0): LogitMaps {
  const drawn = iteration.batch.draws[draws][turn];
  if (!drawn) throw new Error(`The batch has no draw of ${draws} for update ${turn}.`);
  return tf.tidy(() => {
    const seen = seenBy(name, iteration, x);
    return [...discriminate(iteration.params(name), iteration.models[name], augment(seen, drawn))];
  });
}

/** ŷ of a latent. */
function yHatOf(iteration: Iteration, latent: tf.Tensor4D): tf.Tensor4D {
  const { models, config, batch } = iteration;
  return downsampled(models, config, iteration.params('downsampler'), latent, batch.downsamplerNoise);
}

/** The window of a latent in pixels. */
const windowOf = ({ models, batch }: Iteration, latent: tf.Tensor4D): tf.Tensor4D =>
  decodedWindow(models, latent, batch.window);

/** The window of x̂ as the student's terms see it (§8.33). */
const fakeOf = (iteration: Iteration, latent: tf.Tensor4D): tf.Tensor4D =>
  windowOf(iteration, iteration.config.latticeFree ? byDetail(latent) : latent);

/** L_H^G, eq. 4. @param picture the window of x̂ */
function adversarialHR(iteration: Iteration, picture: tf.Tensor4D): tf.Scalar {
  const { discriminatorLoss } = iteration.config;
  return generatorObjective(discriminatorLoss, logits(iteration, 'discriminatorHR', 'hrStudent', picture));
}

/** L_L^G, eq. 6. @param yHat ŷ */
function adversarialLR(iteration: Iteration, draws: DrawName, yHat: tf.Tensor4D): tf.Scalar {
  const { models, config } = iteration;
  const seen = logits(iteration, 'discriminatorLR', draws, asSeenLR(models, config, yHat));
  return generatorObjective(config.discriminatorLoss, seen);
}

/** L_denoise of G: against y, in the space of its output (§8.14). @param yHat ŷ */
function downsamplerDenoise({ config, batch }: Iteration, yHat: tf.Tensor4D): tf.Scalar {
  return denoiseObjective(yHat, config.downsamplerSpace === 'pixels' ? batch.lr : batch.zy);
}

/** The terms that are functions of the student's output x̂. */
function outputTerms(iteration: Iteration): Term<(latent: tf.Tensor4D) => tf.Scalar>[] {
  const { models, config, batch, factors } = iteration;
  const { z0, target, window, x, weights } = batch;
  const terms: Term<(latent: tf.Tensor4D) => tf.Scalar>[] = [];
  const add = (name: TermName, weight: number, value: (latent: tf.Tensor4D) => tf.Scalar) =>
    terms.push({ name, weight: (name === 'denoiseStudent' ? factors.denoise : factors.others) * weight, value });
  add('denoiseStudent', config.denoiseWeight, (latent) => denoiseObjective(latent, z0, weights));
  add('distill', config.distillWeight, (latent) => distillObjective(latent, target));
  const { perceptual } = models;
  if (perceptual && config.perceptualWeight > 0) {
    const truth = windowed(x, window);
    add('perceptual', config.perceptualWeight, (latent) =>
      tf.mean(lpips(perceptual, fakeOf(iteration, latent), truth)),
    );
  }
  if (iteration.has('discriminatorHR'))
    add('gHR', config.lambdaHr, (latent) => adversarialHR(iteration, fakeOf(iteration, latent)));
  if (iteration.has('downsampler')) {
    add('gLR', config.lambdaLr, (latent) => adversarialLR(iteration, 'lrStudent', yHatOf(iteration, latent)));
    if (config.cycle) add('cycle', 1, (latent) => downsamplerDenoise(iteration, yHatOf(iteration, latent)));
  }
  return terms;
}

/** SinSR's two terms that run the student on other inputs, where they are switched on (§8.11). Call before the update. */
function inputTerms(iteration: Iteration): Term<() => tf.Scalar>[] {
  const { models, config, batch, factors } = iteration;
  const { schedule } = models;
  const { z0, zy, lr, noise, target } = batch;
  const student = denoiserOf(models, iteration.params('student'), lr);
  const terms: Term<() => tf.Scalar>[] = [];
  if (config.inverseWeight > 0) {
    const value = () => tf.mean(inverseTerm(schedule, student, target, priorSample(schedule, zy, noise))) as tf.Scalar;
    terms.push({ name: 'inverse', weight: factors.others * config.inverseWeight, value });
  }
  if (config.gtWeight > 0) {
    // Outside of the gradient: none goes through it.
    const inverted = tf.tidy(() => invertTruth(schedule, student, z0));
    const value = () => tf.mean(groundTruthTerm(schedule, student, z0, inverted)) as tf.Scalar;
    terms.push({ name: 'gt', weight: factors.others * config.gtWeight, value });
  }
  return terms;
}
