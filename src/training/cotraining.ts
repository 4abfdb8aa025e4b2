/**
 * One co-training iteration (spec §8.A) as named phases: the student, G, D_H and D_L learn; the teacher's sample is given.
 *
 *     studentForward → downsample → updateDiscriminatorHR → updateDiscriminatorLR → updateStudent → updateDownsampler
 *
 * The D's learn on what the student and G put out before this iteration's updates. L_L^G reaches the student through G
 * (eq. 7); G's own update (eq. 8) stops at the student's output (§8.15).
 */
import * as tf from '@tensorflow/tfjs-core';
import { deterministicChain, priorSample } from '../diffusion/sampler.ts';
import { handOver } from '../gpu/kernels/own-op.ts';
import { advanceSpectralNorms } from '../nn/discriminator.ts';
import type { Params } from '../nn/params.ts';
import { windowed } from './batch.ts';
import type { Iteration } from './iteration.ts';
import type { Row } from './measurements.ts';
import { asSeenLR, denoiserOf, type Models, studentOutput } from './models.ts';
import type { Phase, TermName } from './names.ts';
import { discriminatorObjective, meanLogit, spread } from './objectives.ts';
import { balanced, type Pull, pullOf, total, weightedSum } from './pulls.ts';
import {
  adversarialLR,
  downsamplerDenoise,
  inputTerms,
  logits,
  lowOf,
  outputTerms,
  windowOf,
} from './student-terms.ts';

/**
 * The teacher's sample of x_T = z_y + κ√η_T ε (eq. 2): the end of its deterministic chain (§8.10). It depends on the crop and
 * ε alone, so it is computed once for both.
 * @param zy, noise [B, s, s, C]; lq [B, s, s, 3] → [B, s, s, C]
 */
export function teacherTarget(
  models: Models,
  teacher: Params,
  zy: tf.Tensor4D,
  lq: tf.Tensor4D,
  noise: tf.Tensor4D,
): tf.Tensor4D {
  const { schedule } = models;
  return tf.tidy(() =>
    deterministicChain(schedule, denoiserOf(models, teacher, lq), priorSample(schedule, zy, noise), zy),
  );
}

/** x̂_φ(x_T, y, T). */
export function studentForward(iteration: Iteration): void {
  const { zy, lq, noise } = iteration.batch;
  iteration.latent = tf.keep(studentOutput(iteration.models, iteration.params('student'), zy, lq, noise));
}

/** ŷ = G(concat(ε̃, x̂)). */
export function downsample(iteration: Iteration): void {
  if (!iteration.has('downsampler')) return;
  const { batch, config, measured } = iteration;
  const low = tf.keep(lowOf(iteration, iteration.studentLatent));
  iteration.low = low;
  measured.record('spreads', 'lq', spread(config.downsamplerSpace === 'pixels' ? batch.lq : batch.zy));
  measured.record('spreads', 'low', spread(low));
}

type DownsamplerTerm = 'denoiseDownsampler' | 'gLRDownsampler';

function updateDiscriminator(iteration: Iteration, side: 'HR' | 'LR', real: tf.Tensor4D, fake: tf.Tensor4D): void {
  const name = `discriminator${side}` as const;
  const [realName, fakeName] = side === 'HR' ? (['hrReal', 'hrFake'] as const) : (['lrReal', 'lrFake'] as const);
  const { models, config, measured } = iteration;
  const learner = iteration.learner(name);
  for (let turn = 0; turn < config.discriminatorSteps; turn++) {
    const isLast = turn === config.discriminatorSteps - 1;
    learner.network.assignBuffers(advanceSpectralNorms(learner.network.params, models[name]));
    const { loss, norm } = learner.descend(() => {
      const ofReal = logits(iteration, name, realName, real, turn);
      const ofFake = logits(iteration, name, fakeName, fake, turn);
      if (isLast) {
        measured.record('scores', realName, meanLogit(ofReal));
        measured.record('scores', fakeName, meanLogit(ofFake));
        measured.observe(realName, ofReal);
        measured.observe(fakeName, ofFake);
      }
      return discriminatorObjective(config.discriminatorLoss, ofReal, ofFake);
    }, iteration.settings(name));
    if (!isLast) continue;
    measured.record('losses', `d${side}`, loss);
    measured.record('gradNorms', name, norm);
  }
}

/** Eq. 3. What D_H takes for real is x₀ itself, or as the decoder would show it (§8.24). */
export function updateDiscriminatorHR(iteration: Iteration): void {
  if (!iteration.has('discriminatorHR')) return;
  const { config, batch } = iteration;
  iteration.fakeHR = tf.keep(windowOf(iteration, iteration.studentLatent));
  const real = config.hrReal === 'decoded' ? windowOf(iteration, batch.z0) : windowed(batch.x, batch.window, 4);
  updateDiscriminator(iteration, 'HR', real, iteration.fakeHR);
}

/** Eq. 5. */
export function updateDiscriminatorLR(iteration: Iteration): void {
  const { models, config, batch, low } = iteration;
  if (low && iteration.has('discriminatorLR'))
    updateDiscriminator(iteration, 'LR', batch.lq, asSeenLR(models, config, low));
}

/** The terms of the student's output that count, each by its gradient there; values of the others are recorded alone. */
function studentPulls(iteration: Iteration): Pull<TermName>[] {
  const { config, measured, studentLatent } = iteration;
  const pulls: Pull<TermName>[] = [];
  for (const { name, weight, value } of outputTerms(iteration)) {
    if (weight === 0) measured.record('losses', name, value(studentLatent));
    else pulls.push(pullOf(name, weight, value, studentLatent));
  }
  if (config.lambdaMode === 'fixed') return pulls;
  const shares = { gHR: config.lambdaHr, gLR: config.lambdaLr };
  return balanced(pulls, ['denoiseStudent', 'distill', 'perceptual'], shares, studentLatent);
}

/**
 * Eq. 7. The gradient is taken in two parts: of each term by the student's output, then once through the student. So the
 * activations of one network at a time are held, the student runs once for all terms, and each term's part is known.
 */
export function updateStudent(iteration: Iteration): void {
  if (!iteration.isPastWarmup) return;
  const { models, batch, measured, studentLatent } = iteration;
  const pulls = studentPulls(iteration);
  for (const { name, value, norm, weight } of pulls) {
    measured.record('losses', name, value);
    measured.record('termGrads', name, tf.mul(norm, weight));
  }
  const byOutput = total(pulls, studentLatent);
  const others = inputTerms(iteration);
  const learner = iteration.learner('student');
  const { zy, lq, noise } = batch;
  const found: { value: tf.Scalar; weight: tf.Scalar }[] = [];
  const { norm } = learner.descend(() => {
    const latent = studentOutput(models, learner.network.params, zy, lq, noise);
    const parts = others.map(({ name, weight, value }) => {
      const term = { value: tf.keep(value()), weight: tf.keep(tf.scalar(weight)) };
      found.push(term);
      measured.record('losses', name, term.value);
      // By the output that it judges: the gradient of a mean of squares over n numbers has the norm 2 √(value/n).
      measured.record('termGrads', name, tf.mul(tf.sqrt(tf.div(term.value, latent.size)), 2 * weight));
      return tf.mul(term.value, weight);
    });
    // This inner product has the gradient of all terms of the output; its value says nothing.
    return tf.addN([tf.sum(tf.mul(latent, byOutput)), ...parts]) as tf.Scalar;
  }, iteration.settings('student'));
  measured.record('losses', 'student', weightedSum([...pulls, ...found]));
  measured.record('gradNorms', 'student', norm);
  tf.dispose(found.flatMap(({ value, weight }) => [value, weight]));
}

/**
 * Eq. 8, from the student's output as it was: no gradient reaches the student. In two parts as eq. 7; adaptive, λ_L is a
 * share of the denoising loss's gradient by ŷ.
 */
export function updateDownsampler(iteration: Iteration): void {
  const { config, measured, factors, studentLatent, low } = iteration;
  if (!low || !iteration.isPastWarmup) return;
  const denoise = (at: tf.Tensor4D) => downsamplerDenoise(iteration, at);
  const adversarial = (at: tf.Tensor4D) => adversarialLR(iteration, 'lrDownsampler', at);
  const fixed = [
    pullOf('denoiseDownsampler' as const, factors.denoise, denoise, low),
    pullOf('gLRDownsampler' as const, factors.others * config.lambdaLr, adversarial, low),
  ];
  const pulls =
    config.lambdaMode === 'fixed'
      ? fixed
      : balanced<DownsamplerTerm>(fixed, ['denoiseDownsampler'], { gLRDownsampler: config.lambdaLr }, low);
  for (const { name, value } of pulls) measured.record('losses', name, value);
  const byOutput = total(pulls, low);
  const { norm } = iteration
    .learner('downsampler')
    .descend(
      () => tf.sum(tf.mul(lowOf(iteration, studentLatent), byOutput)) as tf.Scalar,
      iteration.settings('downsampler'),
    );
  measured.record('losses', 'downsampler', weightedSum(pulls));
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

/** Runs an iteration's next phase. */
export function advance(iteration: Iteration): void {
  const { phase, measured, timing } = iteration;
  if (!phase) return;
  const started = performance.now();
  measured.enter(phase);
  tf.tidy(() => run[phase](iteration));
  handOver();
  timing[phase] = performance.now() - started;
  iteration.completePhase();
}

/** Runs the phases that are left, then reads all scalars back at once. @throws NonFiniteError */
export async function finish(iteration: Iteration): Promise<Row> {
  while (iteration.phase) advance(iteration);
  const { measured, step, timing } = iteration;
  const started = performance.now();
  const row = await measured.read(step, timing);
  const total = Object.values(timing).reduce((sum, ms) => sum + ms, performance.now() - started);
  return { ...row, timing: { ...timing, total } };
}
