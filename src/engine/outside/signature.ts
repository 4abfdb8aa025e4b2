/** What an ONNX model takes, read from the runtime's description of it and checked before anything runs. */

/** As onnxruntime describes an input or output; a length that is free comes as a name. */
export interface TensorDescription {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export type PixelType = 'float32' | 'float16' | 'uint8';
export type Layout = 'NCHW' | 'NHWC';

export interface Signature {
  readonly image: { readonly name: string; readonly type: PixelType; readonly layout: Layout };
  /** Pixels a side that the model wants; null: any. */
  readonly side: number | null;
  /** A second input as this project's own exports have it: standard normals, NCHW, this many channels. */
  readonly noise: { readonly name: string; readonly channels: number } | null;
  readonly output: string;
}

const pixelTypes: readonly string[] = ['float32', 'float16', 'uint8'] satisfies PixelType[];

const expected =
  'expected one picture: a float32, float16 or uint8 tensor [1, 3, height, width] or [1, height, width, 3]';

const describe = ({ name, type, shape }: TensorDescription) =>
  `"${name}", ${type ?? 'no tensor'}${shape ? ` [${shape.join(', ')}]` : ''}`;

const isFree = (length: number | string | undefined) => typeof length === 'string' || (length ?? 0) < 1;

function layoutOf(shape: readonly (number | string)[]): Layout | null {
  if (shape[1] === 3) return 'NCHW';
  return shape[3] === 3 ? 'NHWC' : null;
}

/** @throws one sentence saying what was expected and what the model has */
export function readSignature(inputs: readonly TensorDescription[], outputs: readonly TensorDescription[]): Signature {
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
