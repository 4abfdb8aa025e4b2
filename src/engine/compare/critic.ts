/** The discriminators’ scores of pictures, place by place: D_H of results and the truth, D_L of LR pictures (eqs. 3–6). */

import * as tf from '@tensorflow/tfjs-core';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { discriminatorBufferShapes, discriminatorParamShapes, meanLogits } from '../../nn/discriminator.ts';
import type { Params } from '../../nn/params.ts';
import type { ManifestFile } from '../../presets/manifest.ts';
import type { CompareLayer } from '../../protocol/compare.ts';
import { scoreColours } from '../../training/panels.ts';
import type { GpuLease } from '../runtime/gpu-scheduler.ts';
import { readParams } from '../runtime/networks.ts';

/** Pixels a side, at the most, of what is judged: the middle of larger pictures. */
const largestSide = 1024;
/** Sides are even: the pixel branch halves them. */
const multiple = 2;

export interface Judgement {
  readonly layer: CompareLayer;
  /** Orange: taken for fake; blue: for real; at the finest head's places. */
  readonly map: Rgba8;
  /** Mean logit over the picture: above 0 it is taken for real. */
  readonly mean: number;
}

type CriticFile = Extract<ManifestFile, { role: 'discriminator-hr' | 'discriminator-lr' }>;

const isLow = (layer: CompareLayer) => layer === 'lr' || layer === 'reference';

/** The part of a picture that is judged. */
function judgedPart(picture: Rgba8): Rgba8 {
  const side = (length: number) => Math.min(largestSide, length - (length % multiple));
  const [width, height] = [side(picture.width), side(picture.height)];
  const corner = (length: number, part: number) => Math.floor((length - part) / 2);
  return cropRgba8(picture, corner(picture.width, width), corner(picture.height, height), width, height);
}

/** @throws one sentence where the weights have none */
async function openCritic(
  { models }: GpuLease,
  role: CriticFile['role'],
): Promise<{ file: CriticFile; params: Params }> {
  const manifest = await models.manifest();
  const file = manifest.files.find((entry): entry is CriticFile => entry.role === role);
  if (!file) throw new Error(`The ${manifest.preset} weights have no ${role}: without it there is no critic to ask.`);
  const shapes = new Map([...discriminatorParamShapes(file.config), ...discriminatorBufferShapes(file.config)]);
  return { file, params: await readParams(await models.file(file, () => {}), shapes, file.name) };
}

async function judge(
  layer: CompareLayer,
  picture: Rgba8,
  critic: Awaited<ReturnType<typeof openCritic>>,
): Promise<Judgement> {
  const { data, width, height } = rgba8ToFloat(judgedPart(picture));
  const [logits, colours] = tf.tidy(() => {
    const x = tf.sub(tf.mul(tf.tensor4d(data, [1, height, width, 3]), 2), 1) as tf.Tensor4D;
    const map = meanLogits(critic.params, critic.file.config, x);
    return [tf.mean(map), scoreColours(map)] as const;
  });
  try {
    const [mean = Number.NaN] = await logits.data();
    const [, rows = 0, columns = 0] = colours.shape;
    const map = { width: columns, height: rows, channels: 3, data: (await colours.data()) as Float32Array };
    return { layer, map: floatToRgba8(map), mean };
  } finally {
    tf.dispose([logits, colours]);
  }
}

/**
 * @param onProgress pictures judged
 * @throws one sentence when the weights have no discriminators; the signal's reason
 */
export async function judgeAll(
  pictures: ReadonlyMap<CompareLayer, Rgba8>,
  lease: GpuLease,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Judgement[]> {
  const found: Judgement[] = [];
  for (const [role, isJudged] of [
    ['discriminator-hr', (layer: CompareLayer) => !isLow(layer)],
    ['discriminator-lr', isLow],
  ] as const) {
    const own = [...pictures].filter(([layer]) => isJudged(layer));
    if (own.length === 0) continue;
    const critic = await openCritic(lease, role);
    try {
      for (const [layer, picture] of own) {
        signal.throwIfAborted();
        found.push(await judge(layer, picture, critic));
        onProgress(found.length);
      }
    } finally {
      critic.params.dispose();
    }
  }
  return found;
}
