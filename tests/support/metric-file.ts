/** Small metrics as ONNX files. */
import type { Initializer, OnnxNode, OnnxType, ValueInfo } from '../../src/formats/onnx/model.ts';
import { writeOnnx } from '../../src/formats/onnx/model.ts';

export interface MetricFile {
  /**
   * distance: mean squared difference. similarity: 1 minus it. first-minus-second: difference of the means. blind: of two pictures,
   * but always 0. mean: of all values. features: mean of each channel. map: the picture itself.
   */
  readonly kind: 'distance' | 'similarity' | 'first-minus-second' | 'blind' | 'mean' | 'features' | 'map';
  readonly type?: Extract<OnnxType, 'float32' | 'float16' | 'uint8'>;
  readonly layout?: 'NCHW' | 'NHWC';
  readonly channels?: number;
  readonly height?: number;
  readonly width?: number;
  readonly names?: readonly [string, string];
  readonly metadata?: Readonly<Record<string, string>>;
}

const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});
const float = (name: string, value: number): Initializer => ({
  name,
  type: 'float32',
  shape: [],
  data: new Uint8Array(new Float32Array([value]).buffer),
});

const bodies: Readonly<Record<MetricFile['kind'], readonly OnnxNode[]>> = {
  distance: [
    node('Sub', ['x', 'y'], 'd'),
    node('Mul', ['d', 'd'], 's'),
    node('ReduceMean', ['s'], 'out', { keepdims: 0 }),
  ],
  similarity: [
    node('Sub', ['x', 'y'], 'd'),
    node('Mul', ['d', 'd'], 's'),
    node('ReduceMean', ['s'], 'm', { keepdims: 0 }),
    node('Sub', ['one', 'm'], 'out'),
  ],
  'first-minus-second': [node('Sub', ['x', 'y'], 'd'), node('ReduceMean', ['d'], 'out', { keepdims: 0 })],
  blind: [
    node('Sub', ['x', 'x'], 'd'),
    node('Sub', ['y', 'y'], 'e'),
    node('Add', ['d', 'e'], 'f'),
    node('ReduceMean', ['f'], 'out', { keepdims: 0 }),
  ],
  mean: [node('ReduceMean', ['x'], 'out', { keepdims: 1 })],
  features: [node('GlobalAveragePool', ['x'], 'out')],
  map: [node('Identity', ['x'], 'out')],
};
const ofTwo: readonly MetricFile['kind'][] = ['distance', 'similarity', 'first-minus-second', 'blind'];

export function metricFile(options: MetricFile): Blob {
  const { kind, type = 'float32', layout = 'NCHW', channels = 3, height = 'h', width = 'w', metadata = {} } = options;
  const shape = layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
  const names = (options.names ?? ['in0', 'in1']).slice(0, ofTwo.includes(kind) ? 2 : 1);
  const info = (name: string): ValueInfo => ({ name, type, shape, description: '' });
  const prepared = names.flatMap((name, i) => {
    const wide = `wide${i}`;
    const turn =
      layout === 'NHWC'
        ? node('Transpose', [wide], 'xy'[i] ?? '', { perm: [0, 3, 1, 2] })
        : node('Identity', [wide], 'xy'[i] ?? '');
    return [node('Cast', [name], wide, { to: 1 }), turn];
  });
  const results: Readonly<Record<string, ValueInfo['shape']>> = {
    mean: [1, 1, 1, 1],
    features: [1, 3, 1, 1],
    map: [1, channels, 'oh', 'ow'],
  };
  return writeOnnx({
    name: kind,
    description: '',
    nodes: [...prepared, ...bodies[kind]],
    initializers: kind === 'similarity' ? [float('one', 1)] : [],
    inputs: names.map(info),
    outputs: [{ name: 'out', type: 'float32', shape: results[kind] ?? [], description: '' }],
    metadata,
  });
}
