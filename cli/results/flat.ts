/** What a method makes of flat colours: a shift of the whole patch, or a pattern in it (spec §3; GroupNorm makes both hard). */
import { differenceCiede2000, type Rgb } from 'culori';
import type { EvaluationMethod, OpenMethod } from '../../src/engine/evaluation/methods.ts';
import type { Rgba8 } from '../../src/imaging/image.ts';

export interface FlatColours {
  readonly colours: number;
  /** CIEDE2000 between a patch's mean and its colour: mean and largest over the colours. */
  readonly shift: number;
  readonly largestShift: number;
  /** CIEDE2000 between a pixel and its patch's mean: largest over all pixels. */
  readonly largestPattern: number;
}

/** Those asked: all but the teacher, whose fifteen steps a colour take too long for as little. */
export const flatMethods: readonly EvaluationMethod[] = ['autoencoder', 'sinsr', 'ours-conv', 'ours'];

const side = 256;
const lrSide = side / 4;
/** The borders see the zeros of the convolutions' padding. */
const border = 16;
const levels = [32, 128, 224];

/** Every combination of three levels of R, G and B. */
export const flatColours = levels.flatMap((r) => levels.flatMap((g) => levels.map((b) => [r, g, b] as const)));

type Triple = readonly [number, number, number];

const difference = differenceCiede2000();
const rgb = ([r, g, b]: Triple): Rgb => ({ mode: 'rgb', r: r / 255, g: g / 255, b: b / 255 });
const between = (a: Triple, b: Triple) => difference(rgb(a), rgb(b));

function patch(colour: Triple, side: number): Rgba8 {
  const data = new Uint8ClampedArray(side * side * 4);
  for (let i = 0; i < data.length; i += 4) data.set([...colour, 255], i);
  return { width: side, height: side, data };
}

/** Shift and pattern of one patch inside its border. */
export function flatError(colour: Triple, { width, height, data }: Rgba8): { shift: number; pattern: number } {
  const inside: Triple[] = [];
  for (let y = border; y < height - border; y++) {
    for (let x = border; x < width - border; x++) {
      const at = 4 * (y * width + x);
      inside.push([data[at] as number, data[at + 1] as number, data[at + 2] as number]);
    }
  }
  const mean = [0, 1, 2].map((c) => inside.reduce((sum, pixel) => sum + (pixel[c] as number), 0) / inside.length);
  const middle = mean as unknown as Triple;
  const distinct = new Map(inside.map((pixel) => [pixel.join(), pixel]));
  return {
    shift: between(colour, middle),
    pattern: Math.max(...[...distinct.values()].map((pixel) => between(middle, pixel))),
  };
}

export async function measureFlatColours(method: Pick<OpenMethod, 'run'>): Promise<FlatColours> {
  const errors: ReturnType<typeof flatError>[] = [];
  for (const colour of flatColours) {
    errors.push(flatError(colour, await method.run(patch(colour, lrSide), patch(colour, side))));
  }
  const shifts = errors.map(({ shift }) => shift);
  return {
    colours: errors.length,
    shift: shifts.reduce((sum, shift) => sum + shift, 0) / errors.length,
    largestShift: Math.max(...shifts),
    largestPattern: Math.max(...errors.map(({ pattern }) => pattern)),
  };
}
