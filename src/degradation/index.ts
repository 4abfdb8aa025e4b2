/**
 * Low-resolution pictures from high-resolution ones (§6): the full second-order chain of Real-ESRGAN, its milder test
 * variant, and plain bicubic reduction. A degradation is first drawn as a list of steps (`stepsOf`) and then carried out,
 * so a preview can show what was decided; both follow from the seed alone, on every machine. Settings from outside (a form, a
 * file) are read field by field.
 */
import type { FloatImage } from '../imaging/image.ts';
import { applySteps, type Step } from './chain.ts';
import { drawSteps } from './draw.ts';
import {
  type BlurSettings,
  type DegradationKind,
  type DegradationSettings,
  gaussianShapes,
  type NoiseSettings,
  type Range,
  type ResizeSettings,
  realesrgan,
  realesrganTest,
  type StageSettings,
} from './settings.ts';

type Fields = Readonly<Record<string, unknown>>;

const largestKernel = 51;
const mostStages = 4;

function fields(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RangeError(`The degradation's ${what} must be an object.`);
}

const within = (value: unknown, low: number, high: number): value is number =>
  typeof value === 'number' && value >= low && value <= high;

function number(value: unknown, low: number, high: number, what: string): number {
  if (within(value, low, high)) return value;
  throw new RangeError(`The degradation's ${what} must be a number from ${low} to ${high}.`);
}

const probability = (value: unknown, what: string) => number(value, 0, 1, `${what} probability`);

function range(value: unknown, low: number, high: number, what: string): Range {
  if (Array.isArray(value) && value.length === 2) {
    const [from, to]: unknown[] = value;
    if (within(from, low, high) && within(to, from, high)) return [from, to];
  }
  throw new RangeError(`The degradation's ${what} must be two numbers from ${low} to ${high}, the smaller one first.`);
}

function rangeAroundOne(value: unknown, low: number, high: number, what: string): Range {
  const [from, to] = range(value, low, high, what);
  if (from <= 1 && to >= 1) return [from, to];
  throw new RangeError(`The degradation's ${what} must reach from at most 1 to at least 1.`);
}

/** Relative weights, one by name; at least one of them counts. */
function weights<const K extends string>(source: Fields, names: readonly K[], what: string): Record<K, number> {
  const read = names.map((name) => [name, number(source[name], 0, 1000, `${what} weight "${name}"`)] as const);
  if (read.some(([, weight]) => weight > 0)) return Object.fromEntries(read) as Record<K, number>;
  throw new RangeError(`One of the degradation's ${what} weights must be above 0.`);
}

function kernelSize(value: unknown, what: string): number {
  if (within(value, 3, largestKernel) && value % 2 === 1) return value;
  throw new RangeError(`The degradation's ${what} size must be an odd whole number from 3 to ${largestKernel}.`);
}

const jpegQuality = (value: unknown, what: string) => (value === null ? null : range(value, 1, 100, `${what} quality`));

function blurSettings(value: unknown, what: string): BlurSettings {
  const source = fields(value, what);
  return {
    probability: probability(source.probability, what),
    largest: kernelSize(source.largest, `largest ${what}`),
    sinc: probability(source.sinc, `${what} sinc`),
    shapes: weights(fields(source.shapes, `${what} shapes`), gaussianShapes, `${what} shape`),
    sigma: range(source.sigma, 0.01, 50, `${what} σ`),
    generalizedBeta: rangeAroundOne(source.generalizedBeta, 0.1, 10, `${what} generalised β`),
    plateauBeta: rangeAroundOne(source.plateauBeta, 0.1, 10, `${what} plateau β`),
  };
}

function resizeSettings(value: unknown, what: string): ResizeSettings {
  const source = fields(value, what);
  return {
    ...weights(source, ['up', 'down', 'keep'], what),
    range: rangeAroundOne(source.range, 0.02, 4, `${what} range`),
  };
}

function noiseSettings(value: unknown, what: string): NoiseSettings {
  const source = fields(value, what);
  return {
    gaussianProbability: probability(source.gaussianProbability, `Gaussian ${what}`),
    greyProbability: probability(source.greyProbability, `grey ${what}`),
    gaussian: range(source.gaussian, 0, 255, `Gaussian ${what} strength`),
    poisson: range(source.poisson, 0, 20, `Poisson ${what} scale`),
  };
}

function stageSettings(value: unknown, index: number): StageSettings {
  const name = `stage ${index + 1}`;
  const source = fields(value, name);
  return {
    probability: probability(source.probability, name),
    blur: blurSettings(source.blur, `${name} blur`),
    resize: resizeSettings(source.resize, `${name} resize`),
    noise: noiseSettings(source.noise, `${name} noise`),
    jpeg: jpegQuality(source.jpeg, `${name} JPEG`),
  };
}

/**
 * The settings, with what isn't one left out.
 * @throws RangeError one sentence on the first field that is missing or out of range
 */
export function readSettings(value: unknown): DegradationSettings {
  const { stages, final } = fields(value, 'settings');
  if (!Array.isArray(stages) || stages.length > mostStages) {
    throw new RangeError(`The degradation's stages must be a list of at most ${mostStages}.`);
  }
  const last = fields(final, 'final step');
  return {
    stages: stages.map(stageSettings),
    final: {
      sinc: probability(last.sinc, 'final sinc'),
      largest: kernelSize(last.largest, 'largest final sinc'),
      jpeg: jpegQuality(last.jpeg, 'final JPEG'),
    },
  };
}

export { applySteps, describeStep, type Step } from './chain.ts';
export {
  type DegradationKind,
  type DegradationSettings,
  degradationKinds,
  degradationTitles,
  realesrgan,
} from './settings.ts';

const smallestSide = 16;

function checkSize(width: number, height: number): void {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < smallestSide || side % 4 !== 0) {
      throw new RangeError(
        `A picture of ${width} × ${height} px can't be degraded: both sides must be multiples of 4, from ${smallestSide} px up.`,
      );
    }
  }
}

function settingsOf(how: DegradationKind | DegradationSettings): DegradationSettings | null {
  switch (how) {
    case 'bicubic':
      return null;
    case 'realesrgan':
      return realesrgan;
    case 'realesrgan-test':
      return realesrganTest;
    default:
      if (typeof how === 'string') throw new RangeError(`There is no degradation "${how}".`);
      return readSettings(how);
  }
}

/**
 * The decisions drawn for a picture: kernels, scales, noise, JPEG qualities, in the order in which they are applied.
 * `describeStep` puts them into words.
 * @param width of the HR picture in pixels; likewise `height`
 * @throws RangeError when a side isn't a multiple of 4 from 16 up, the settings are out of range or the seed isn't a safe integer
 */
export function stepsOf(
  how: DegradationKind | DegradationSettings,
  seed: number,
  width: number,
  height: number,
): readonly Step[] {
  checkSize(width, height);
  const settings = settingsOf(how);
  if (settings) return drawSteps(settings, seed, width, height);
  return [{ name: 'resize', method: 'bicubic', to: { width: width / 4, height: height / 4 } }];
}

/**
 * The LR version of a picture: RGB in [−1, 1], a quarter as wide and high, rounded to 8-bit levels.
 * @param hr RGB in [−1, 1], H×W×3
 * @param how `bicubic` is antialiased (a = −0.5), the literature's "bicubic" LR; the seed plays no part in it
 * @throws RangeError as `stepsOf`
 */
export function degrade(hr: FloatImage, how: DegradationKind | DegradationSettings, seed: number): FloatImage {
  if (hr.channels !== 3) throw new RangeError(`A picture of ${hr.channels} channels is not RGB.`);
  return applySteps(hr, stepsOf(how, seed, hr.width, hr.height));
}
