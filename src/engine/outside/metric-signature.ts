/** What a metric's ONNX file takes and gives, read from the runtime's description of it and checked before anything runs. */
import type { Layout, PixelType, TensorDescription } from './signature.ts';

export interface MetricPicture {
  readonly name: string;
  readonly type: PixelType;
  readonly layout: Layout;
  /** Pixels that the metric wants; null: any. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

export interface MetricSignature {
  /** The picture to be judged; then, for a full-reference metric, the true one. */
  readonly pictures: readonly [MetricPicture] | readonly [MetricPicture, MetricPicture];
  readonly output: string;
}

const pixelTypes: readonly string[] = ['float32', 'float16', 'uint8'] satisfies PixelType[];
/** Names that people give to the input for the true picture; else it is the second. */
const referenceName = /^(y|ref.*|target|truth|gt|hr|original)$/i;

const expected =
  'expected one picture, or two (the picture and the true one): float32, float16 or uint8, [1, 3, height, width] or [1, height, width, 3]';

const describe = ({ name, type, shape }: TensorDescription) =>
  `"${name}", ${type ?? 'no tensor'}${shape ? ` [${shape.join(', ')}]` : ''}`;

const isFree = (length: number | string | undefined) => typeof length === 'string' || (length ?? 0) < 1;

function pictureOf(input: TensorDescription): MetricPicture | null {
  const { name, isTensor, type = '', shape = [] } = input;
  const layout = shape[1] === 3 ? 'NCHW' : shape[3] === 3 ? 'NHWC' : null;
  const fits = isTensor && pixelTypes.includes(type) && shape.length === 4 && (isFree(shape[0]) || shape[0] === 1);
  if (!fits || !layout) return null;
  const [height, width] = layout === 'NCHW' ? shape.slice(2) : shape.slice(1, 3);
  if (isFree(height) !== isFree(width)) return null;
  const size = isFree(height) ? null : { width: width as number, height: height as number };
  return { name, type: type as PixelType, layout, size };
}

/** @throws one sentence saying what was expected and what the model has */
export function readMetricSignature(
  inputs: readonly TensorDescription[],
  outputs: readonly TensorDescription[],
): MetricSignature {
  const refuse = (found: string): never => {
    throw new Error(`The model can't measure pictures here: ${expected}; it has ${found}.`);
  };
  const all = inputs.map(describe).join(' and ');
  if (inputs.length < 1 || inputs.length > 2) return refuse(`${inputs.length} inputs (${all})`);
  const pictures = inputs.map((input) => pictureOf(input) ?? refuse(`the input ${describe(input)}`));
  const [output] = outputs;
  if (!output || outputs.length > 1)
    return refuse(`${outputs.length} outputs (${outputs.map(describe).join(' and ')}), where one is needed`);
  const [first, second] = pictures as [MetricPicture, MetricPicture?];
  if (!second) return { pictures: [first], output: output.name };
  // As they come, unless the first alone is named like a reference.
  const swapped = referenceName.test(first.name) && !referenceName.test(second.name);
  return { pictures: swapped ? [second, first] : [first, second], output: output.name };
}
