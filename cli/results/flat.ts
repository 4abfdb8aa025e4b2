/** Upscales flat colours: the shift of the whole patch, and the pattern in it (§3; GroupNorm makes both hard). */
import { differenceCiede2000, type Rgb } from 'culori';
import type { OpenMethod } from '../../src/engine/evaluation/methods.ts';
import type { Rgba8 } from '../../src/imaging/image.ts';
import { upscaleFactor } from '../../src/presets/architecture.ts';
import type { ComputedMethod } from '../../src/report/methods.ts';

export interface FlatColours {
  readonly colours: number;
  /** CIEDE2000 between a patch's mean and its colour: mean and largest over the colours. */
  readonly shift: number;
  readonly largestShift: number;
  /** CIEDE2000 between a pixel and its patch's mean: mean and largest over all pixels of all patches. */
  readonly pattern: number;
  readonly largestPattern: number;
  /** Whose pixel that is: R, G and B, 8 bits. */
  readonly largestPatternOf: Triple;
}

/** Those asked: all but the teacher, whose fifteen steps a colour take too long for as little. */
export const flatMethods: readonly ComputedMethod[] = ['autoencoder', 'sinsr', 'ours-conv', 'ours'];

const side = 256;
const lrSide = side / upscaleFactor;
/** The borders see the zeros of the convolutions' padding. */
const border = 16;
const levels = [32, 128, 224];

type Triple = readonly [number, number, number];

/** Every combination of three levels of R, G and B. */
const flatColours = levels.flatMap((r) => levels.flatMap((g) => levels.map((b): Triple => [r, g, b])));

const difference = differenceCiede2000();
const rgb = ([r, g, b]: Triple): Rgb => ({ mode: 'rgb', r: r / 255, g: g / 255, b: b / 255 });
const between = (a: Triple, b: Triple) => difference(rgb(a), rgb(b));

function patch(colour: Triple, side: number): Rgba8 {
  const data = new Uint8ClampedArray(side * side * 4);
  for (let i = 0; i < data.length; i += 4) data.set([...colour, 255], i);
  return { width: side, height: side, data };
}

interface FlatError {
  readonly shift: number;
  readonly pattern: number;
  readonly largestPattern: number;
}

/** Of one patch inside its border. */
export function flatError(colour: Triple, { width, height, data }: Rgba8): FlatError {
  const inside: Triple[] = [];
  for (let y = border; y < height - border; y++) {
    for (let x = border; x < width - border; x++) {
      const at = 4 * (y * width + x);
      inside.push([data[at], data[at + 1], data[at + 2]]);
    }
  }
  const mean = [0, 1, 2].map((c) => inside.reduce((sum, pixel) => sum + pixel[c], 0) / inside.length);
  const middle = mean as unknown as Triple;
  const differences = new Map<string, number>();
  let [sum, largestPattern] = [0, 0];
  for (const pixel of inside) {
    const name = pixel.join();
    const known = differences.get(name) ?? between(middle, pixel);
    differences.set(name, known);
    sum += known;
    largestPattern = Math.max(largestPattern, known);
  }
  return { shift: between(colour, middle), pattern: sum / inside.length, largestPattern };
}

export async function measureFlatColours(method: Pick<OpenMethod, 'run'>): Promise<FlatColours> {
  const errors: (FlatError & { readonly colour: Triple })[] = [];
  for (const colour of flatColours) {
    const output = await method.run({ name: '', lr: patch(colour, lrSide), truth: patch(colour, side) });
    errors.push({ colour, ...flatError(colour, output) });
  }
  const mean = (key: 'shift' | 'pattern') => errors.reduce((sum, error) => sum + error[key], 0) / errors.length;
  const noisiest = errors.reduce((a, b) => (b.largestPattern > a.largestPattern ? b : a));
  return {
    colours: errors.length,
    shift: mean('shift'),
    largestShift: Math.max(...errors.map(({ shift }) => shift)),
    pattern: mean('pattern'),
    largestPattern: noisiest.largestPattern,
    largestPatternOf: noisiest.colour,
  };
}
