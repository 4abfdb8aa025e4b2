/** ONNX files to try outside models with, written by our own writer. */
import {
  type Initializer,
  type OnnxNode,
  type OnnxType,
  type ValueInfo,
  writeOnnx,
} from '../../src/formats/onnx/model.ts';

export interface RepeatingKind {
  readonly type?: Extract<OnnxType, 'float32' | 'float16' | 'uint8'>;
  readonly layout?: 'NCHW' | 'NHWC';
  readonly side?: number | string;
  readonly times?: number;
  readonly channels?: number | string;
  /** Added to every value, as a network trained on bytes might: of no account to it, but not to one in [0, 1]. */
  readonly offset?: number;
}

const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

const floats = (name: string, values: readonly number[], shape: readonly number[]): Initializer => ({
  name,
  type: 'float32',
  shape,
  data: new Uint8Array(new Float32Array(values).buffer),
});

/** Enlarges by repeating pixels. */
export function repeating(kind: RepeatingKind): Blob {
  const { type = 'float32', layout = 'NCHW', side = 'n', times = 4, channels = 3, offset = 0 } = kind;
  const code = { float32: 1, float16: 10, uint8: 2 }[type];
  const shape = layout === 'NCHW' ? [1, channels, side, side] : [1, side, side, channels];
  const grown = shape.map((n, i) => (i === 0 || n === channels ? n : typeof n === 'string' ? 'm' : n * times));
  const info = (name: string, shape: ValueInfo['shape']): ValueInfo => ({ name, type, shape, description: '' });
  const turn = (inputs: string, output: string, perm: number[]) =>
    layout === 'NHWC' ? node('Transpose', [inputs], output, { perm }) : node('Identity', [inputs], output);
  return writeOnnx({
    name: 'repeating',
    description: '',
    nodes: [
      node('Cast', ['in'], 'wide', { to: 1 }),
      turn('wide', 'planes', [0, 3, 1, 2]),
      node('Resize', ['planes', '', 'scales'], 'larger', {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
      node('Add', ['larger', 'offset'], 'moved'),
      turn('moved', 'turned', [0, 2, 3, 1]),
      node('Cast', ['turned'], 'out', { to: code }),
    ],
    initializers: [floats('scales', [1, 1, times, times], [4]), floats('offset', [offset], [])],
    inputs: [info('in', shape)],
    outputs: [info('out', grown)],
    metadata: { licence: 'CC0' },
  });
}
