/** Every op that the networks are made of, on the active backend against tfjs's CPU backend. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendKind } from '../gpu/backend.ts';
import { silu } from '../gpu/ops/activation/index.ts';
import { attention } from '../gpu/ops/attention/index.ts';
import { bicubicUpsample4 } from '../gpu/ops/bicubic/index.ts';
import { conv2d, linear } from '../gpu/ops/conv2d/index.ts';
import { cropped, placesTensor } from '../gpu/ops/crop/index.ts';
import { groupNorm } from '../gpu/ops/group-norm/index.ts';
import { layerNorm } from '../gpu/ops/layer-norm/index.ts';
import { nearestCode } from '../gpu/ops/nearest-code/index.ts';
import { pixelShuffle, pixelUnshuffle } from '../gpu/ops/pixel-shuffle/index.ts';
import { atrousSmooth } from '../gpu/ops/smooth/index.ts';
import { upsampleNearest2 } from '../gpu/ops/upsample/index.ts';
import { roll, windowPartition } from '../gpu/ops/window-attention/reference.ts';
import type { SelfTestRow } from '../protocol/diagnosis.ts';
import { isDrawn, pictureError, tensorToBitmap } from './training/panel-presenter.ts';

/** Larger than what different orders of summation give in float32. */
const tolerance = 1e-4;

/** Values in (−1, 1) that depend on the shape alone. */
const wave = <R extends tf.Rank>(shape: tf.ShapeMap[R], step: number): tf.Tensor<R> => {
  const size = (shape as number[]).reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * step)),
    shape,
  );
};

const picture = () => wave<tf.Rank.R4>([2, 16, 16, 32], 0.37);
const vector = () => wave<tf.Rank.R1>([32], 0.7);

const cases: Readonly<Record<string, () => tf.Tensor>> = {
  'convolution 3×3': () => conv2d(picture(), wave<tf.Rank.R4>([3, 3, 32, 32], 0.11), vector()),
  'convolution 3×3, stride 2': () => conv2d(picture(), wave<tf.Rank.R4>([3, 3, 32, 32], 0.11), vector(), { stride: 2 }),
  'convolution 3×3, stride 2, same': () =>
    conv2d(picture(), wave<tf.Rank.R4>([3, 3, 32, 32], 0.11), vector(), { stride: 2, pad: 'same' }),
  'convolution 1×1': () => conv2d(picture(), wave<tf.Rank.R4>([1, 1, 32, 64], 0.13), wave<tf.Rank.R1>([64], 0.7)),
  'convolution 1×1 with GELU': () =>
    conv2d(picture(), wave<tf.Rank.R4>([1, 1, 32, 64], 0.13), wave<tf.Rank.R1>([64], 0.7), { activation: 'gelu' }),
  'convolution 3×3, modulated, with SiLU': () =>
    conv2d(picture(), wave<tf.Rank.R4>([3, 3, 32, 32], 0.11), vector(), {
      activation: 'silu',
      modulation: wave<tf.Rank.R2>([2, 64], 0.3),
    }),
  'layer norm': () => layerNorm(picture(), vector(), vector(), 1e-5),
  crop: () => {
    const places = placesTensor([
      [-1, 2, 3, 4],
      [2, -2, 0, -1],
    ]);
    return cropped(picture(), places, { height: 16, width: 16, reach: 2, box: 3 });
  },
  'pixel shuffle': () => pixelShuffle(picture(), 2),
  'pixel unshuffle': () => pixelUnshuffle(picture(), 4),
  'group norm': () => groupNorm(picture(), vector(), vector(), 1e-5),
  SiLU: () => silu(picture()),
  linear: () => linear(picture(), wave<tf.Rank.R2>([32, 48], 0.3), wave<tf.Rank.R1>([48], 0.9)),
  'nearest ×2': () => upsampleNearest2(picture()),
  'cyclic shift': () => roll(picture(), -4),
  windows: () => windowPartition(picture(), 8),
  attention: () =>
    attention(
      wave<tf.Rank.R3>([1, 256, 32], 0.2),
      wave<tf.Rank.R3>([1, 256, 32], 0.3),
      wave<tf.Rank.R3>([1, 256, 32], 0.5),
      0.2,
    ),
  'bicubic ×4': () => bicubicUpsample4(picture()),
  smoothing: () => atrousSmooth(picture(), 4),
  'nearest code': () =>
    tf.cast(nearestCode(wave<tf.Rank.R2>([64, 3], 0.21), wave<tf.Rank.R2>([128, 3], 0.77)), 'float32'),
};

/** On the CPU backend, without letting anything else run in between: the backend in force is a global of tfjs. */
function onCpu(run: () => tf.Tensor, active: BackendKind): Float32Array {
  void tf.setBackend('cpu');
  try {
    return tf.tidy(() => run().dataSync<'float32'>());
  } finally {
    void tf.setBackend(active);
  }
}

/** A picture on its way to the page, byte for byte; one is left to rounding. */
async function pictureTest(): Promise<SelfTestRow> {
  const op = 'picture';
  try {
    const error = await pictureError(tensorToBitmap);
    const way = (await isDrawn()) ? 'drawn without a read-back' : 'read back, then drawn';
    const ok = error <= 1;
    return { op, ok, maxError: error / 255, message: ok ? way : `${way}: differs by more than a byte` };
  } catch (error) {
    return { op, ok: false, maxError: null, message: error instanceof Error ? error.message : String(error) };
  }
}

export async function selfTest(active: BackendKind): Promise<SelfTestRow[]> {
  const rows: SelfTestRow[] = [];
  for (const [op, run] of Object.entries(cases)) {
    try {
      const result = tf.tidy(run);
      const ours = (await result.data()) as Float32Array;
      result.dispose();
      const expected = onCpu(run, active);
      let [largest, difference] = [0, 0];
      expected.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value));
        difference = Math.max(difference, Math.abs(value - ours[i]));
      });
      const maxError = difference / (largest || 1);
      const ok = maxError <= tolerance;
      rows.push({ op, ok, maxError, message: ok ? 'equal to the CPU reference' : `differs by more than ${tolerance}` });
    } catch (error) {
      rows.push({ op, ok: false, maxError: null, message: error instanceof Error ? error.message : String(error) });
    }
  }
  // Node has no pictures to show.
  return typeof createImageBitmap === 'function' ? [...rows, await pictureTest()] : rows;
}
