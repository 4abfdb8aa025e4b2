/** The checks of each kind of golden file (tests/golden/README.md). The metadata names the kind, not the file name. */
import * as tf from '@tensorflow/tfjs-core';
import { bicubicUpsample4 } from '../../src/gpu/ops/bicubic/index.ts';
import { autoencoderParamShapes, decode, encode } from '../../src/nn/autoencoder.ts';
import type { Params } from '../../src/nn/params.ts';
import { unetSwin } from '../../src/nn/unet.ts';
import { unetParamShapes } from '../../src/nn/unet-plan.ts';
import * as vq from '../../src/nn/vqgan.ts';
import { sinsrTerms } from '../../src/paper/objectives.ts';
import {
  ancestralChain,
  deterministicChain,
  oneStep,
  priorSample,
  qSample,
  type StepHook,
  scaleInput,
} from '../../src/paper/sampler.ts';
import { buildSchedule, type Schedule } from '../../src/paper/schedule.ts';
import { type Golden, tolerances } from '../../tests/support/golden.ts';
import { compareGradients, compareLoss, gradients } from './gradients.ts';

export async function checkUnet(golden: Golden): Promise<void> {
  const config = golden.unetConfig('config');
  const timesteps = await golden.numbers('timesteps');
  const [batch, , side] = golden.shape('output') as [number, number, number];
  const params = await golden.params(unetParamShapes(config), golden.name, 'param_shapes');
  // In SinSR's convention (no lq_size) in_channels counts the LR condition's 3.
  const channels = config.lq_size === undefined ? config.in_channels - 3 : config.in_channels;
  const x = golden.input('x', [batch, channels, side, side], 2);
  const lrSide = config.lq_size ?? side;
  const lr = golden.input('lq', [batch, 3, lrSide, lrSide], 1);

  const taps = new Map<string, tf.Tensor4D>();
  const output = unetSwin(params, config, x, timesteps, lr, (name, value) => {
    if (golden.has(`tap.${name}`)) taps.set(name, tf.keep(tf.slice(value, 0, 1)));
  });
  for (const [name, tap] of taps) await golden.compareTensor(`tap.${name}`, tap, tolerances.forward);
  await golden.compareTensor('output', output, tolerances.forward);

  if (!golden.has('loss')) return;
  const w = golden.input('w', golden.shape('output'), 1);
  const result = await gradients(
    params,
    x,
    (p, input) => tf.mean(tf.mul(unetSwin(p, config, input, timesteps, lr), w)) as tf.Scalar,
  );
  await compareLoss(golden, result);
}

/**
 * Indices must be equal, except where two code distances differ by less than 1e-4. Returns the quantised latent on the
 * reference's side of such ties: what follows would otherwise be compared for another code.
 */
async function compareIndices(golden: Golden, params: Params, z: tf.Tensor4D): Promise<tf.Tensor4D> {
  const theirs = await golden.numbers('indices');
  const ours = Array.from(await vq.codeIndices(params, z).data());
  const codebook = params.get<tf.Tensor2D>('quantize.embedding.weight');
  const codes = (indices: number[]) => tf.gather(codebook, tf.tensor1d(indices, 'int32'));
  const rows = tf.reshape(z, [-1, codebook.shape[1]]);
  const distance = (indices: number[]) => tf.sum(tf.squaredDifference(rows, codes(indices)), 1);
  const gap = await tf.abs(tf.sub(distance(ours), distance(theirs))).data();
  const differing = Array.from(gap).filter((_, i) => ours[i] !== theirs[i]);
  golden.rows.push({
    name: `indices (${differing.length} of ${ours.length} on the other side of a tie)`,
    error: Math.max(0, ...differing),
    tolerance: 1e-4,
  });
  return tf.reshape(codes(theirs), z.shape);
}

export async function checkVqgan(golden: Golden): Promise<void> {
  const config = golden.vqConfig('ddconfig', 'param_shapes');
  const { resolution } = golden.metadata<{ resolution: number }>('ddconfig');
  const params = await golden.params(vq.vqParamShapes(config), golden.name, 'param_shapes');
  const batch = golden.shape('z')[0];
  const x = golden.input('x', [batch, config.in_channels, resolution, resolution], 1);
  const z = vq.encode(params, config, x);
  await golden.compareTensor('z', z, tolerances.forward);
  if (config.n_embed !== null) {
    const quantized = await compareIndices(golden, params, z);
    await golden.compareTensor('z_quantized', vq.quantize(params, quantized), tolerances.forward);
    await golden.compareTensor('decoded', vq.decode(params, config, quantized), tolerances.forward);
  } else if (golden.has('decoded')) {
    await golden.compareTensor('decoded', vq.decode(params, config, z), tolerances.forward);
  }
  await golden.compareTensor('decoded_no_quant', vq.decode(params, config, z, { quantize: false }), tolerances.forward);
  if (!golden.has('loss')) return;
  const w = golden.input('w', golden.shape('decoded_no_quant'), 1);
  const { value, grad } = tf.valueAndGrad((input: tf.Tensor) =>
    tf.mean(tf.mul(vq.decode(params, config, input as tf.Tensor4D, { quantize: false }), w)),
  )(z);
  golden.compare('loss', await value.data(), await golden.reference('loss'), tolerances.gradient);
  await golden.compareTensor('grad.z', grad, tolerances.gradient);
}

export async function checkTinyAutoencoder(golden: Golden): Promise<void> {
  const config = golden.autoencoderConfig('tiny_autoencoder', 'param_shapes');
  const params = await golden.params(autoencoderParamShapes(config), golden.name, 'param_shapes');
  const x = golden.input('x', golden.shape('decoded'), 1);
  const z = encode(params, config, x);
  await golden.compareTensor('z', z, tolerances.forward);
  await golden.compareTensor('decoded', decode(params, config, z), tolerances.forward);
  const w = golden.input('w', golden.shape('decoded'), 1);
  const there = (p: Params, input: tf.Tensor4D) => decode(p, config, encode(p, config, input));
  await compareLoss(golden, await gradients(params, x, (p, input) => tf.mean(tf.mul(there(p, input), w)) as tf.Scalar));
}

/** A preset's networks at their own size: one step, or the teacher's chain where the file has it. */
export async function checkFullSize(golden: Golden): Promise<void> {
  const aeConfig = golden.autoencoderConfig('autoencoder', 'autoencoder_param_shapes');
  const unetConfig = golden.unetConfig('unet');
  const kappa = golden.metadata<number>('kappa');
  const sqrtEtas = golden.metadata<number[]>('sqrt_etas');
  const schedule = buildSchedule({ steps: sqrtEtas.length, kappa, power: 0.3, etas_end: 0.99, min_noise_level: 0.04 });
  golden.compare('sqrt_etas', schedule.sqrtEtas, sqrtEtas, tolerances.table);
  const [, channels, height, width] = golden.shape('z_y') as [number, number, number, number];

  const autoencoder = await golden.params(
    autoencoderParamShapes(aeConfig),
    `${golden.name}.autoencoder`,
    'autoencoder_param_shapes',
  );
  const lr = golden.input('lr', [1, 3, height, width], 1);
  const noise = golden.input('noise', [1, channels, height, width], 1.7);
  const up = bicubicUpsample4(lr);
  const [, , cornerHeight, cornerWidth] = golden.shape('bicubic_up_corner') as [number, number, number, number];
  await golden.compareTensor(
    'bicubic_up_corner',
    tf.slice(up, 0, [1, cornerHeight, cornerWidth, 3]),
    tolerances.forward,
  );
  const zy = encode(autoencoder, aeConfig, up);
  await golden.compareTensor('z_y', zy, tolerances.fullSize);
  const xT = priorSample(schedule, zy, noise);
  await golden.compareTensor('x_T', xT, tolerances.fullSize);

  const unet = await golden.params(unetParamShapes(unetConfig), `${golden.name}.unet`, 'unet_param_shapes');
  const denoise = (scaled: tf.Tensor4D, index: number) => unetSwin(unet, unetConfig, scaled, [index], lr);
  const chain = (hook: StepHook) => deterministicChain(schedule, denoise, xT, zy, hook);
  const x0 = golden.has('deterministic.sample')
    ? await compareTrajectory(golden, 'deterministic', chain, tolerances.fullSize)
    : oneStep(schedule, denoise, xT);
  unet.dispose();
  if (golden.has('x0_hat')) await golden.compareTensor('x0_hat', x0, tolerances.fullSize);
  const quantized = golden.has('indices') ? await compareIndices(golden, autoencoder, x0) : x0;
  await golden.compareTensor('image', decode(autoencoder, aeConfig, quantized), tolerances.fullSize);
}

/** The chains' states after the indices that the file keeps. */
async function compareTrajectory(
  golden: Golden,
  prefix: string,
  run: (hook: StepHook) => tf.Tensor4D,
  tolerance: number = tolerances.forward,
) {
  const kept = new Map<string, tf.Tensor4D>();
  const keep = (name: string, value: tf.Tensor4D) => {
    if (golden.has(name)) kept.set(name, tf.keep(tf.clone(value)));
  };
  const sample = run((index, x, x0) => {
    keep(`${prefix}.x_after_t${index}`, x);
    keep(`${prefix}.x0hat_t${index}`, x0);
  });
  for (const [name, value] of kept) await golden.compareTensor(name, value, tolerance);
  await golden.compareTensor(`${prefix}.sample`, sample, tolerance);
  return sample;
}

async function checkTables(golden: Golden, schedule: Schedule): Promise<void> {
  const tables = {
    sqrt_etas: schedule.sqrtEtas,
    posterior_variance: schedule.posteriorVariance,
    posterior_mean_coef1: schedule.posteriorCoef1,
    posterior_mean_coef2: schedule.posteriorCoef2,
    ddim_k: schedule.k,
    ddim_m: schedule.m,
    ddim_j: schedule.j,
  };
  for (const [name, ours] of Object.entries(tables))
    golden.compare(name, ours, await golden.numbers(name), tolerances.table);
}

export async function checkSampling(golden: Golden): Promise<void> {
  const config = golden.unetConfig('unet');
  const schedule = buildSchedule(golden.diffusionConfig());
  await checkTables(golden, schedule);
  const shape = golden.shape('prior_sample');
  const shapes = unetParamShapes(config);
  const teacher = await golden.params(shapes, `${golden.name}.teacher`);
  const student = await golden.params(shapes, `${golden.name}.student`);
  const zy = golden.input('zy', shape, 1);
  const x0 = golden.input('x0', shape, 1);
  const lr = golden.input('lq', shape, 1);
  const noise = golden.input('noise', shape, 1.7);
  const network = (params: Params) => (scaled: tf.Tensor4D, index: number) =>
    unetSwin(params, config, scaled, Array(scaled.shape[0]).fill(index), lr);

  for (const name of golden.names().filter((entry) => entry.startsWith('q_sample.t'))) {
    await golden.compareTensor(name, qSample(schedule, x0, zy, Number(name.slice(10)), noise), tolerances.forward);
  }
  // The file scales the clean latent: that tells a wrong divisor from a wrong sample.
  for (const name of golden.names().filter((entry) => entry.startsWith('scale_input.t'))) {
    await golden.compareTensor(name, scaleInput(schedule, x0, Number(name.slice(13))), tolerances.forward);
  }
  const xT = priorSample(schedule, zy, noise);
  await golden.compareTensor('prior_sample', xT, tolerances.forward);

  const stepNoise = (index: number) => golden.input(`step${index}`, shape, 1.7);
  await compareTrajectory(golden, 'resshift', (hook) =>
    ancestralChain(schedule, network(teacher), xT, stepNoise, hook),
  );
  const target = await compareTrajectory(golden, 'deterministic', (hook) =>
    deterministicChain(schedule, network(teacher), xT, zy, hook),
  );
  await golden.compareTensor('one_step.sample', oneStep(schedule, network(student), xT), tolerances.forward);
  await checkSinsr(golden, schedule, network, student, { xT, teacher: target, groundTruth: x0 });
  await checkResshiftLoss(golden, schedule, teacher, { x0, zy, lr, noise });
}

async function checkSinsr(
  golden: Golden,
  schedule: Schedule,
  network: (params: Params) => (scaled: tf.Tensor4D, index: number) => tf.Tensor4D,
  student: Params,
  inputs: Parameters<typeof sinsrTerms>[2],
): Promise<void> {
  const terms = sinsrTerms(schedule, network(student), inputs);
  const reference = { mse: terms.distill, mse_xT: terms.inverse, mse_gt: terms.groundTruth };
  for (const [name, term] of Object.entries(reference))
    await golden.compareTensor(`sinsr.loss.${name}`, term, tolerances.forward);
  await golden.compareTensor('sinsr.loss.loss', tf.addN(Object.values(reference)), tolerances.forward);
  const result = await gradients(student, inputs.xT, (params) => {
    const { distill, inverse, groundTruth } = sinsrTerms(schedule, network(params), inputs);
    return tf.mean(tf.addN([distill, inverse, groundTruth])) as tf.Scalar;
  });
  golden.compare('sinsr.total', [result.loss], await golden.reference('sinsr.total'), tolerances.forward);
  await compareGradients(golden, 'sinsr.grad.', 'student_grad_l2_norms', result.params);
}

/** ResShift's training loss (§1.6), each sample of the batch at its own index: the name says which. */
async function checkResshiftLoss(
  golden: Golden,
  schedule: Schedule,
  teacher: Params,
  { x0, zy, lr, noise }: Record<'x0' | 'zy' | 'lr' | 'noise', tf.Tensor4D>,
): Promise<void> {
  const config = golden.unetConfig('unet');
  for (const name of golden.names().filter((entry) => entry.startsWith('resshift.loss.mse_t'))) {
    const indices = [...name.matchAll(/t(\d+)/g)].map((match) => Number(match[1]));
    const losses = indices.map((index, sample) => {
      const one = (t: tf.Tensor4D) => tf.slice(t, sample, 1) as tf.Tensor4D;
      const noisy = scaleInput(schedule, qSample(schedule, one(x0), one(zy), index, one(noise)), index);
      return tf.mean(tf.squaredDifference(one(x0), unetSwin(teacher, config, noisy, [index], one(lr))));
    });
    await golden.compareTensor(name, tf.stack(losses), tolerances.forward);
  }
}
