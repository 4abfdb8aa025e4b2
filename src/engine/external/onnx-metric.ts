/**
 * A metric from an ONNX file that the user brings: LPIPS, CLIPIQA, MUSIQ, the features of FID. Its kind follows from its
 * shape: two pictures to a number, one picture to a number, or one picture to a vector of features (docs/metrics.md).
 */

import type * as Ort from 'onnxruntime-web';
import { errorMessage } from '../../formats/errors.ts';
import { floatToHalf, halfToFloat } from '../../formats/half.ts';
import { inspectOnnx } from '../../formats/onnx/inspect.ts';
import { type FloatImage, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { resize } from '../../imaging/resize.ts';
import { type Better, type MetricFacts, usualDirection } from '../../report/columns.ts';
import type { OnnxRuntime } from './onnx-model.ts';
import {
  arrange,
  describe,
  isFree,
  layoutOf,
  type OnnxLayout,
  type PixelData,
  type PixelType,
  probePicture,
  type TensorDescription,
} from './onnx-tiles.ts';

/** Range of the model's pixel values. */
export type PixelRange = '[0, 1]' | '[-1, 1]' | '[0, 255]';
const pixelRanges: readonly PixelRange[] = ['[0, 1]', '[-1, 1]', '[0, 255]'];

export interface OnnxMetric extends MetricFacts {
  /** Values of its output: 1, or a feature vector's length. */
  readonly length: number;
  /** Null where a full-reference metric of a fixed size meets a picture of another. */
  run(picture: Rgba8, truth: Rgba8 | null): Promise<Float32Array | null>;
  dispose(): void;
}

class Refusal extends Error {}

const message = (error: unknown) => errorMessage(error).split('\n')[0] ?? '';

/** Side of the test pattern for metrics that take any size. */
const probeSide = 256;

/** HWC in [−1, 1] as the model's input. */
function toInput(values: Float32Array, { layout, type }: MetricPicture, range: PixelRange): PixelData {
  const planes = arrange(values, 3, layout);
  const scaled =
    range === '[-1, 1]' ? planes : planes.map((value) => ((value + 1) / 2) * (range === '[0, 1]' ? 1 : 255));
  if (type === 'float32') return scaled;
  return type === 'float16' ? floatToHalf(scaled) : Uint8Array.from(scaled, Math.round);
}

/** The picture in the size that the metric wants, antialiased. */
function fitted(image: FloatImage, { size }: MetricPicture): FloatImage {
  if (!size || (size.width === image.width && size.height === image.height)) return image;
  const other = resize(image, size.width, size.height, 'bicubic');
  return { ...other, data: other.data.map((value) => Math.min(1, Math.max(-1, value))) };
}

/** Length of the output; a map is neither a number nor a vector. @throws Refusal */
function lengthOf(dims: readonly number[]): number {
  const lengths = dims.filter((length) => length !== 1);
  if (lengths.length > 1 || lengths.includes(0))
    throw new Refusal(
      `The model can't measure pictures here: expected one number or one vector of features as its output; it gives [${dims.join(', ')}].`,
    );
  return lengths[0] ?? 1;
}

class Session {
  readonly #ort: typeof Ort;
  readonly #session: Ort.InferenceSession;
  readonly signature: MetricSignature;
  readonly #range: PixelRange;

  constructor(ort: typeof Ort, session: Ort.InferenceSession, declared: PixelRange | null) {
    try {
      this.signature = readMetricSignature(session.inputMetadata, session.outputMetadata);
    } catch (error) {
      throw new Refusal(message(error));
    }
    this.#ort = ort;
    this.#session = session;
    this.#range = declared ?? (this.signature.pictures[0].type === 'uint8' ? '[0, 255]' : '[0, 1]');
  }

  async run(
    images: readonly FloatImage[],
  ): Promise<{ readonly dims: readonly number[]; readonly values: Float32Array }> {
    const feeds: Record<string, Ort.Tensor> = {};
    for (const [i, picture] of this.signature.pictures.entries()) {
      const { width, height, data } = fitted(images[i], picture);
      const dims = picture.layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3];
      feeds[picture.name] = new this.#ort.Tensor(
        picture.type,
        toInput(data, picture, this.#range) as Float32Array,
        dims,
      );
    }
    const { dims, data } = (await this.#session.run(feeds))[this.signature.output];
    const values = data instanceof Uint16Array ? halfToFloat(data) : Float32Array.from(data as ArrayLike<number>);
    return { dims, values };
  }

  dispose(): void {
    void this.#session.release();
  }
}

/** The test pattern, and the same one with other contrast: no metric takes them for equal. */
function probes({ size }: MetricPicture): [FloatImage, FloatImage] {
  const side = probeSide;
  const data = probePicture(side);
  const plain: FloatImage = { width: side, height: side, channels: 3, data };
  const changed = { ...plain, data: data.map((value, i) => value * 0.6 + 0.25 * Math.sin(i * 1.7)) };
  return size
    ? [resize(plain, size.width, size.height, 'bicubic'), resize(changed, size.width, size.height, 'bicubic')]
    : [plain, changed];
}

/** Tries the model on the test pattern: what it is, and, of a full-reference metric, which way is better. */
async function probe(
  session: Session,
  name: string,
  declared: Better | null,
): Promise<MetricFacts & { length: number }> {
  const [first, second] = session.signature.pictures;
  const [plain, changed] = probes(first);
  const same = await session.run([plain, plain]);
  const length = lengthOf(same.dims);
  const [value] = same.values;
  if (!same.values.every(Number.isFinite)) throw new Refusal('The model gives values that are no numbers.');
  if (!second) {
    const kind = length === 1 ? 'no-reference' : 'features';
    const guess = kind === 'features' ? 'lower' : usualDirection(name);
    return { name, kind, length, better: kind === 'features' ? 'lower' : (declared ?? guess) };
  }
  if (length !== 1)
    throw new Refusal(`A full-reference metric gives one number for two pictures; this model gives ${length}.`);
  const [other] = (await session.run([changed, plain])).values;
  if (value === other)
    throw new Refusal('The model tells no difference between two equal pictures and two different ones.');
  return {
    name,
    kind: 'full-reference',
    length,
    better: declared ?? ((value as number) < (other as number) ? 'lower' : 'higher'),
  };
}

const oneOfThem = <T extends string>(value: string | undefined, all: readonly T[]): T | null =>
  all.find((entry) => entry === value) ?? null;

/**
 * @param name as the table shall call it
 * @throws one sentence saying what was expected and what was found
 */
export async function openOnnxMetric(name: string, file: Blob, runtime: OnnxRuntime): Promise<OnnxMetric> {
  const { metadata } = await inspectOnnx(file);
  const range = oneOfThem(metadata.input_range, pixelRanges);
  if (metadata.input_range !== undefined && !range)
    throw new Error(`The model says its input_range is ${metadata.input_range}: expected ${pixelRanges.join(', ')}.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const failures: string[] = [];
  for (const provider of runtime.providers) {
    let opened: Ort.InferenceSession | undefined;
    try {
      opened = await runtime.ort.InferenceSession.create(bytes, { executionProviders: [provider] });
      const session = new Session(runtime.ort, opened, range);
      const facts = await probe(session, name, oneOfThem(metadata.better, ['lower', 'higher'] as const));
      return metricOf(session, facts);
    } catch (error) {
      void opened?.release();
      if (error instanceof Refusal) throw error;
      failures.push(`${provider}: ${message(error)}`);
    }
  }
  throw new Error(`onnxruntime can't run the model (${failures.join('; ')}).`);
}

function metricOf(session: Session, facts: MetricFacts & { readonly length: number }): OnnxMetric {
  const [picture, reference] = session.signature.pictures;
  return {
    ...facts,
    async run(image, truth) {
      if (reference && !truth) return null;
      const otherSize = ({ size }: MetricPicture) =>
        size && (size.width !== image.width || size.height !== image.height);
      if (reference && (otherSize(picture) || otherSize(reference))) return null;
      const images = [rgba8ToFloat(image), ...(reference && truth ? [rgba8ToFloat(truth)] : [])];
      return (await session.run(images)).values;
    },
    dispose: () => session.dispose(),
  };
}

// Signature of a metric's ONNX file, read from the runtime's description and checked before anything runs.

export interface MetricPicture {
  readonly name: string;
  readonly type: PixelType;
  readonly layout: OnnxLayout;
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

function pictureOf(input: TensorDescription): MetricPicture | null {
  const { name, isTensor, type = '', shape = [] } = input;
  const layout = layoutOf(shape);
  const fits = isTensor && pixelTypes.includes(type) && shape.length === 4 && (isFree(shape[0]) || shape[0] === 1);
  if (!fits || !layout) return null;
  const [height, width] = layout === 'NCHW' ? shape.slice(2) : shape.slice(1, 3);
  if (isFree(height) !== isFree(width)) return null;
  const size = isFree(height) ? null : { width: width as number, height: height as number };
  return { name, type: type as PixelType, layout, size };
}

/** @throws one sentence saying what was expected and what the model has */
function readMetricSignature(
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
