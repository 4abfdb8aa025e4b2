/** The pictures that an ONNX model takes and gives: its signature, checked before anything runs, and tiles in its layout. */

import { floatToHalf, halfToFloat } from '../../formats/half.ts';

/** As onnxruntime describes an input or output; a length that is free comes as a name. */
export interface TensorDescription {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export type PixelType = 'float32' | 'float16' | 'uint8';
export type OnnxLayout = 'NCHW' | 'NHWC';

export interface OnnxSignature {
  readonly image: { readonly name: string; readonly type: PixelType; readonly layout: OnnxLayout };
  /** Pixels a side that the model wants; null: any. */
  readonly side: number | null;
  /** A second input as this project's own exports have it: standard normals, NCHW, this many channels. */
  readonly noise: { readonly name: string; readonly channels: number } | null;
  readonly output: string;
}

const pixelTypes: readonly string[] = ['float32', 'float16', 'uint8'] satisfies PixelType[];

const expected =
  'expected one picture: a float32, float16 or uint8 tensor [1, 3, height, width] or [1, height, width, 3]';

/** Whether a length is any: a name, 0, or −1, which onnxruntime gives as an unsigned number. */
export const isFree = (length: number | string | undefined): boolean =>
  typeof length === 'string' || length === undefined || length < 1 || length >= 2 ** 31;

const shownLength = (length: number | string) => (typeof length === 'number' && isFree(length) ? '?' : length);

export const describe = ({ name, type, shape }: TensorDescription): string =>
  `"${name}", ${type ?? 'no tensor'}${shape ? ` [${shape.map(shownLength).join(', ')}]` : ''}`;

/** Channels that are free stand where most models have them. */
export function layoutOf(shape: readonly (number | string)[]): OnnxLayout | null {
  if (shape[1] === 3) return 'NCHW';
  if (shape[3] === 3) return 'NHWC';
  return isFree(shape[1]) && (isFree(shape[3]) || shape[2] === shape[3]) ? 'NCHW' : null;
}

/** @throws one sentence saying what was expected and what the model has */
export function readSignature(
  inputs: readonly TensorDescription[],
  outputs: readonly TensorDescription[],
): OnnxSignature {
  const refuse = (found: string): never => {
    throw new Error(`The model can't upscale pictures here: ${expected}; it has ${found}.`);
  };
  const all = inputs.map(describe).join(' and ');
  const noise = inputs.length === 2 ? inputs.find(({ name }) => name === 'noise') : undefined;
  const image = inputs.find((input) => input !== noise);
  if (!image || inputs.length > (noise ? 2 : 1)) return refuse(`${inputs.length} inputs (${all})`);

  const { type = '', shape = [] } = image;
  const layout = layoutOf(shape);
  const fits =
    image.isTensor && pixelTypes.includes(type) && shape.length === 4 && (isFree(shape[0]) || shape[0] === 1);
  if (!fits || !layout) return refuse(`the input ${describe(image)}`);
  const [height, width] = layout === 'NCHW' ? shape.slice(2) : shape.slice(1, 3);
  const side = isFree(height) ? (isFree(width) ? null : width) : height;
  if (!isFree(height) && !isFree(width) && height !== width)
    return refuse(`a fixed size of ${width} × ${height} px, and only square tiles are cut here`);

  const channels = noise?.shape?.[1];
  if (noise && !(noise.type === 'float32' && noise.shape?.length === 4 && typeof channels === 'number' && channels > 0))
    return refuse(`a noise input of another kind (${describe(noise)})`);

  const [output] = outputs;
  if (!output || outputs.length > 1)
    return refuse(`${outputs.length} outputs (${outputs.map(describe).join(' and ')})`);
  return {
    image: { name: image.name, type: type as PixelType, layout },
    side: side as number | null,
    noise: noise ? { name: noise.name, channels: channels as number } : null,
    output: output.name,
  };
}

// Tiles in the shapes that models want, and back. Ours are HWC in [−1, 1].

/** The value of white; black is 0. */
export type White = 1 | 255;

export type PixelData = Float32Array | Uint16Array | Uint8Array;

/** @returns for each position of the layout, where that value lies in HWC */
function position(layout: OnnxLayout, places: number, channels: number): (i: number) => number {
  if (layout === 'NHWC') return (i) => i;
  return (i) => (i % places) * channels + Math.floor(i / places);
}

/** Values in the layout, not scaled. */
export function arrange(values: Float32Array, channels: number, layout: OnnxLayout): Float32Array {
  const from = position(layout, values.length / channels, channels);
  return Float32Array.from(values, (_, i) => values[from(i)]);
}

/** A tile as a model's input; float16 as bit patterns. */
export function toModel(tile: Float32Array, layout: OnnxLayout, type: PixelType, white: White): PixelData {
  const scaled = arrange(tile, 3, layout).map((value) => ((value + 1) / 2) * white);
  if (type === 'float32') return scaled;
  return type === 'float16' ? floatToHalf(scaled) : Uint8Array.from(scaled, Math.round);
}

/** A model's output as a tile in [−1, 1], clamped. NaN stays, to be seen. */
export function fromModel(output: ArrayLike<number>, layout: OnnxLayout, white: White): Float32Array {
  const values = output instanceof Uint16Array ? halfToFloat(output) : output;
  const to = position(layout, values.length / 3, 3);
  const tile = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    tile[to(i)] = Math.min(1, Math.max(-1, (values[i] / white) * 2 - 1));
  }
  return tile;
}

/** Soft ramps with a step: neither flat, nor fine enough to be changed much by enlarging. HWC in [−1, 1]. */
export function probePicture(side: number): Float32Array {
  const picture = new Float32Array(side * side * 3);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [across, down] = [x / Math.max(1, side - 1), y / Math.max(1, side - 1)];
      for (const value of [across, down, x < side / 2 ? 0.3 : 0.7]) picture[i++] = 1.4 * value - 0.7;
    }
  }
  return picture;
}

/** Root mean square of the difference between a tile and its enlargement brought back by means over 4 × 4; of [−1, 1]. */
export function distance(tile: Float32Array, enlarged: Float32Array, side: number): number {
  let sum = 0;
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++, i++) {
        let mean = 0;
        for (let k = 0; k < 16; k++) {
          mean += enlarged[((4 * y + (k >> 2)) * 4 * side + 4 * x + (k & 3)) * 3 + c] / 16;
        }
        sum += (mean - tile[i]) ** 2;
      }
    }
  }
  return Math.sqrt(sum / tile.length);
}
