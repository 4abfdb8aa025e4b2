/**
 * What an iteration looks like: the first crop of its batch as pictures, and the discriminators' scores place by place. All
 * of them come back from the GPU in one read.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type FloatImage, floatToRgba8, type Rgba8 } from '../imaging/image.ts';
import { discriminate } from '../nn/discriminator.ts';
import type { Iteration } from './iteration.ts';
import { asSeenLR, decoded } from './models.ts';
import type { ScoreName } from './names.ts';

export type Picture = 'lq' | 'target' | 'student' | 'truth' | 'low';
export type Panels = ReadonlyMap<Picture | 'difference' | ScoreName, Rgba8>;

const first = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [1, -1, -1, -1]);

/** A discriminator's logits of one picture, mean over its heads, at the finest head's places: [1, h, w, 1]. */
function scoreMap(iteration: Iteration, name: 'discriminatorHR' | 'discriminatorLR', x: tf.Tensor4D): tf.Tensor4D {
  const maps = discriminate(iteration.params(name), iteration.models[name], x);
  const [, height, width] = (maps[0] as tf.Tensor4D).shape;
  const sized = maps.map((map) => tf.image.resizeNearestNeighbor(map, [height, width]));
  return tf.div(tf.addN(sized), maps.length);
}

function tensorsOf(iteration: Iteration): Map<Picture | ScoreName, tf.Tensor4D> {
  const { models, config, batch, low } = iteration;
  const student = decoded(models, first(iteration.studentLatent));
  const lq = first(batch.lq);
  const found = new Map<Picture | ScoreName, tf.Tensor4D>([
    ['lq', lq],
    ['target', decoded(models, first(batch.target))],
    ['student', student],
    ['truth', first(batch.x)],
  ]);
  if (iteration.has('discriminatorHR')) {
    const real = config.hrReal === 'decoded' ? decoded(models, first(batch.z0)) : first(batch.x);
    found.set('hrReal', scoreMap(iteration, 'discriminatorHR', real));
    found.set('hrFake', scoreMap(iteration, 'discriminatorHR', student));
  }
  if (low) {
    const seen = asSeenLR(models, config, first(low));
    found.set('low', seen);
    if (iteration.has('discriminatorLR')) {
      found.set('lrReal', scoreMap(iteration, 'discriminatorLR', lq));
      found.set('lrFake', scoreMap(iteration, 'discriminatorLR', seen));
    }
  }
  return found;
}

/** |a − b| as a picture; the range of 2 is shown at twice the contrast. */
export function absoluteDifference(a: FloatImage, b: FloatImage): Rgba8 {
  const data = a.data.map((value, i) => Math.min(2, 2 * Math.abs(value - (b.data[i] as number))) - 1);
  return floatToRgba8({ ...a, data });
}

/** Logits this far from 0 have the full colour. */
export const scoreRange = 2;
const [fakeColour, middleColour, realColour] = [
  [194, 84, 10],
  [240, 240, 242],
  [28, 92, 200],
] as const;

/** Orange: taken for fake (−2 and less); blue: for real (2 and more). */
export function scoreColours({ data, width, height }: FloatImage): Rgba8 {
  const out = new Uint8ClampedArray(width * height * 4).fill(255);
  data.forEach((logit, i) => {
    const share = Math.min(1, Math.abs(logit) / scoreRange);
    const end = logit < 0 ? fakeColour : realColour;
    for (let c = 0; c < 3; c++) {
      const middle = middleColour[c] as number;
      out[4 * i + c] = middle + share * ((end[c] as number) - middle);
    }
  });
  return { width, height, data: out };
}

/** @param iteration all of its phases have run; it is not disposed of */
export async function panelsOf(iteration: Iteration): Promise<Panels> {
  const shapes = new Map<Picture | ScoreName, tf.Tensor4D['shape']>();
  const packed = tf.tidy(() => {
    const tensors = tensorsOf(iteration);
    for (const [name, { shape }] of tensors) shapes.set(name, shape);
    return tf.concat([...tensors.values()].map((tensor) => tf.reshape(tensor, [tensor.size])));
  });
  let values: Float32Array;
  try {
    values = (await packed.data()) as Float32Array;
  } finally {
    packed.dispose();
  }
  const images = new Map<Picture | ScoreName, FloatImage>();
  let offset = 0;
  for (const [name, [, height, width, channels]] of shapes) {
    const size = height * width * channels;
    images.set(name, { width, height, channels, data: values.subarray(offset, offset + size) });
    offset += size;
  }
  const panels = new Map<Picture | 'difference' | ScoreName, Rgba8>();
  for (const [name, image] of images)
    panels.set(name, image.channels === 1 ? scoreColours(image) : floatToRgba8(image));
  const [low, lq] = [images.get('low'), images.get('lq')];
  if (low && lq) panels.set('difference', absoluteDifference(low, lq));
  return panels;
}
