/**
 * Draws the decisions of a degradation (§6.2, §6.3). Every decision takes one number from a random stream of its own name,
 * so that editing one setting leaves the draws of all others as they were.
 */
import { namedStream } from '../imaging/random.ts';
import type { ResizeKernel } from '../imaging/resize.ts';
import type { BlurStep, NoiseStep, ResizeStep, Step } from './chain.ts';
import type { KernelDescription } from './kernels.ts';
import { type DegradationSettings, gaussianShapes, type Range, type StageSettings } from './settings.ts';

const methods: readonly ResizeKernel[] = ['torch-area', 'torch-bilinear', 'torch-bicubic'];
const scales = ['up', 'down', 'keep'] as const;

/** Draws by name, within one part of the chain. */
class Draws {
  readonly seed: number;
  readonly #part: string;

  constructor(seed: number, part: string) {
    this.seed = seed;
    this.#part = part;
  }

  stream = (name: string) => `degradation/${this.#part}/${name}`;

  between(name: string, [low, high]: Range): number {
    return low + (high - low) * namedStream(this.seed, this.stream(name)).uniform();
  }

  happens(name: string, probability: number): boolean {
    return this.between(name, [0, 1]) < probability;
  }

  /** @param weight relative; by default all count the same */
  pick<T extends string>(name: string, from: readonly T[], weight: (one: T) => number = () => 1): T {
    const total = from.reduce((all, one) => all + weight(one), 0);
    const place = this.between(name, [0, total]);
    let sum = 0;
    const hit = from.find((one) => {
      sum += weight(one);
      return place < sum;
    });
    // Rounding could leave the place at the very end.
    return hit ?? (from.findLast((one) => weight(one) > 0) as T);
  }

  /** 3, 5, …, largest. */
  kernelSize(name: string, largest: number): number {
    return 3 + 2 * Math.floor(this.between(name, [0, (largest - 1) / 2]));
  }
}

function drawSinc(draws: Draws, size: number, lowest: number): KernelDescription {
  return { shape: 'sinc', size, cutoff: draws.between('sinc cut-off', [lowest, Math.PI]) };
}

function drawBlur(draws: Draws, { blur }: StageSettings): BlurStep {
  const size = draws.kernelSize('kernel size', blur.largest);
  if (draws.happens('sinc', blur.sinc)) {
    return { name: 'blur', kernel: drawSinc(draws, size, size < 13 ? Math.PI / 3 : Math.PI / 5) };
  }
  const shape = draws.pick('shape', gaussianShapes, (one) => blur.shapes[one]);
  const first = draws.between('sigma x', blur.sigma);
  const anisotropic = shape.endsWith('aniso');
  const second = anisotropic ? draws.between('sigma y', blur.sigma) : first;
  const theta = anisotropic ? draws.between('rotation', [-Math.PI, Math.PI]) : 0;
  const [low, high] = shape.startsWith('plateau') ? blur.plateauBeta : blur.generalizedBeta;
  const drawBeta = () => draws.between('beta', draws.happens('beta below 1', 0.5) ? [low, 1] : [1, high]);
  const beta = shape.includes('_') ? drawBeta() : 1;
  return { name: 'blur', kernel: { shape, size, sigma: [first, second], theta, beta } };
}

/** The factor; 1 where the size is kept. */
function drawScale(draws: Draws, { resize }: StageSettings): number {
  const scale = draws.pick('scale', scales, (one) => resize[one]);
  if (scale === 'keep') return 1;
  return draws.between('factor', scale === 'up' ? [1, resize.range[1]] : [resize.range[0], 1]);
}

function drawNoise(draws: Draws, { noise }: StageSettings): NoiseStep {
  const kind = draws.happens('gaussian', noise.gaussianProbability) ? 'gaussian' : 'poisson';
  const strength = draws.between(kind === 'gaussian' ? 'sigma of noise' : 'poisson scale', noise[kind]);
  const grey = draws.happens('grey', noise.greyProbability);
  return { name: 'noise', kind, strength, grey, seed: draws.seed, stream: draws.stream('noise') };
}

function drawJpeg(draws: Draws, quality: Range | null): Step[] {
  return quality ? [{ name: 'jpeg', quality: draws.between('jpeg quality', quality) }] : [];
}

/** @param final size of the LR picture */
function drawStage(
  draws: Draws,
  stage: StageSettings,
  first: boolean,
  final: { width: number; height: number },
): Step[] {
  if (!draws.happens('stage', stage.probability)) return [];
  const steps: Step[] = draws.happens('blur', stage.blur.probability) ? [drawBlur(draws, stage)] : [];
  const factor = drawScale(draws, stage);
  const method = draws.pick('method', methods);
  if (!first) {
    const scaled = (length: number) => Math.max(1, Math.floor(length * factor));
    steps.push({ name: 'resize', method, to: { width: scaled(final.width), height: scaled(final.height) } });
  } else if (factor !== 1) {
    steps.push({ name: 'resize', method, to: factor });
  }
  return [...steps, drawNoise(draws, stage), ...drawJpeg(draws, stage.jpeg)];
}

/**
 * The steps from an HR picture to its LR version, a quarter as wide and high.
 * @param width of the HR picture in pixels, a multiple of 4; likewise `height`
 * @param settings valid ones (`readSettings`)
 * @throws RangeError unless the seed is a safe integer
 */
export function drawSteps(settings: DegradationSettings, seed: number, width: number, height: number): Step[] {
  const lr = { width: width / 4, height: height / 4 };
  const stages = settings.stages.flatMap((stage, i) =>
    drawStage(new Draws(seed, `stage ${i + 1}`), stage, i === 0, lr),
  );
  const draws = new Draws(seed, 'final');
  const resize: ResizeStep = { name: 'resize', method: draws.pick('method', methods), to: lr };
  const size = draws.kernelSize('kernel size', settings.final.largest);
  const filter: Step[] = draws.happens('sinc', settings.final.sinc)
    ? [{ name: 'blur', kernel: drawSinc(draws, size, Math.PI / 3) }]
    : [];
  const jpeg = drawJpeg(draws, settings.final.jpeg);
  const last = draws.happens('jpeg last', 0.5) ? [resize, ...filter, ...jpeg] : [...jpeg, resize, ...filter];
  return [...stages, ...last];
}
