/**
 * An iteration as pictures: the first crop of its batch, and the discriminators' scores place by place, all on
 * one sheet. The sheet is a tensor, so on a GPU it can be shown without being read back.
 */
import * as tf from '@tensorflow/tfjs-core';
import { meanLogits } from '../nn/discriminator.ts';
import { type Discriminator, seenBy } from '../paper/cotraining.ts';
import type { PanelName, PanelRect, Phase, ScoreName } from '../paper/names.ts';
import { asSeenLR, decoded } from '../paper/networks.ts';
import { priorSample } from '../paper/sampler.ts';
import { histogram } from './measurements.ts';
import type { TrainingIteration } from './step.ts';

/** Pictures one below the other, at the left edge. */
export interface PanelAtlas {
  /** [H, W, 3], RGB in [0, 1]. */
  readonly pixels: tf.Tensor3D;
  readonly places: readonly PanelRect[];
}

const first = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [1, -1, -1, -1]);

/** A discriminator's logits of one picture, mean over its heads, at the finest head's places: [1, h, w, 1]. */
const scoreMap = (iteration: TrainingIteration, name: Discriminator, x: tf.Tensor4D): tf.Tensor4D =>
  meanLogits(iteration.params(name), iteration.models[name], seenBy(name, iteration, x));

/** A picture in [−1, 1] as RGB in [0, 1]. */
export const colours = (picture: tf.Tensor4D): tf.Tensor4D => tf.clipByValue(tf.div(tf.add(picture, 1), 2), 0, 1);

/** |a − b| of pictures in [−1, 1], as colours; the range of 2 is shown at twice the contrast. */
export const differenceColours = (a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D =>
  tf.clipByValue(tf.abs(tf.sub(a, b)), 0, 1);

/** Logits this far from 0 have the full colour. */
const scoreRange = 2;
const scale = (...bytes: number[]) => bytes.map((byte) => byte / 255);
const fakeColour = scale(194, 84, 10);
const middleColour = scale(240, 240, 242);
const realColour = scale(28, 92, 200);

/** Orange: taken for fake (−2 and less); blue: for real (2 and more). @param logits [1, h, w, 1] → [1, h, w, 3] */
export function scoreColours(logits: tf.Tensor4D): tf.Tensor4D {
  const share = tf.clipByValue(tf.div(logits, scoreRange), -1, 1);
  const towards = (end: readonly number[]) => tf.tensor1d(end.map((value, c) => value - middleColour[c]));
  const real = tf.mul(tf.relu(share), towards(realColour));
  const fake = tf.mul(tf.relu(tf.neg(share)), towards(fakeColour));
  return tf.add(tf.tensor1d(middleColour), tf.add(real, fake));
}

/** A picture that is asked for: [1, H, W, 3] in [0, 1]. */
export type Picture = readonly [name: PanelName, pixels: () => tf.Tensor4D];

/** Those that an iteration has after each of its phases: the teacher's part is done when it begins. */
const panelsAfter: Readonly<Record<'teacherTarget' | Phase, readonly PanelName[]>> = {
  teacherTarget: ['lr', 'prior', 'target', 'truth'],
  studentForward: ['student'],
  downsample: ['yHat', 'difference'],
  updateDiscriminatorHR: ['hrReal', 'hrFake'],
  updateDiscriminatorLR: ['lrReal', 'lrFake'],
  updateStudent: [],
  updateDownsampler: [],
};

function picturesOf(iteration: TrainingIteration): Picture[] {
  const { models, config, batch, yHat } = iteration;
  const student = () => decoded(models, first(iteration.studentLatent));
  const lr = first(batch.lr);
  const found: Picture[] = [
    ['lr', () => colours(lr)],
    ['prior', () => colours(decoded(models, priorSample(models.schedule, first(batch.zy), first(batch.noise))))],
    ['target', () => colours(decoded(models, first(batch.target)))],
    ['student', () => colours(student())],
    ['truth', () => colours(first(batch.x))],
  ];
  if (iteration.has('discriminatorHR')) {
    const real = () => (config.hrReal === 'decoded' ? decoded(models, first(batch.z0)) : first(batch.x));
    found.push(['hrReal', () => scoreColours(scoreMap(iteration, 'discriminatorHR', real()))]);
    found.push(['hrFake', () => scoreColours(scoreMap(iteration, 'discriminatorHR', student()))]);
  }
  if (yHat) {
    const seen = asSeenLR(models, config, first(yHat));
    found.push(['yHat', () => colours(seen)], ['difference', () => differenceColours(seen, lr)]);
    if (iteration.has('discriminatorLR')) {
      found.push(['lrReal', () => scoreColours(scoreMap(iteration, 'discriminatorLR', lr))]);
      found.push(['lrFake', () => scoreColours(scoreMap(iteration, 'discriminatorLR', seen))]);
    }
  }
  return found;
}

/** @param wanted null: none is left out. The caller disposes of the pixels. */
function sheet(pictures: () => readonly Picture[], wanted: readonly PanelName[] | null): PanelAtlas {
  const places: PanelRect[] = [];
  const pixels = tf.tidy(() => {
    const made = pictures()
      .filter(([name]) => wanted === null || wanted.includes(name))
      .map(([name, picture]) => [name, picture()] as const);
    const wide = Math.max(...made.map(([, { shape }]) => shape[2]));
    let y = 0;
    const rows = made.map(([name, picture]) => {
      const [, height, width] = picture.shape;
      places.push({ name, y, width, height });
      y += height;
      return tf.pad(tf.reshape(picture, [height, width, 3]) as tf.Tensor3D, [
        [0, 0],
        [0, wide - width],
        [0, 0],
      ]);
    });
    return tf.concat(rows, 0);
  });
  return { pixels, places };
}

/**
 * @param iteration all of its phases have run; it is not disposed of
 * @param more pictures of other things, below its own
 * @returns the caller disposes of the pixels
 */
export const panelAtlas = (iteration: TrainingIteration, more: readonly Picture[] = []): PanelAtlas =>
  sheet(() => [...picturesOf(iteration), ...more], null);

/** The pictures that a phase has just made; null: it makes none. @returns the caller disposes of the pixels */
export function phaseAtlas(iteration: TrainingIteration, phase: 'teacherTarget' | Phase): PanelAtlas | null {
  const off =
    (phase === 'downsample' && !iteration.yHat) ||
    (phase === 'updateDiscriminatorHR' && !iteration.has('discriminatorHR')) ||
    (phase === 'updateDiscriminatorLR' && !(iteration.yHat && iteration.has('discriminatorLR')));
  const wanted = off ? [] : panelsAfter[phase];
  return wanted.length > 0 ? sheet(() => picturesOf(iteration), wanted) : null;
}

/** Histograms of each discriminator's logits. @param iteration its numbers are read back */
export const histogramsOf = ({ measured }: TrainingIteration): { name: ScoreName; shares: Float32Array }[] =>
  [...measured.logits].map(([name, heads]) => ({ name, shares: histogram(heads) }));
