/**
 * Fresh weights, PyTorch's layout. Each parameter has a random stream of its name, so a network's start depends on the seed
 * and its own shapes alone.
 */
import { namedStream } from '../imaging/random.ts';
import type { ParamShapes } from '../presets/architecture.ts';

type Values = Map<string, Float32Array>;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** Uniform within ±1/√fan-in, PyTorch's default for kernels and their biases. */
function uniformIn(seed: number, name: string, count: number, fanIn: number): Float32Array {
  const random = namedStream(seed, name);
  return new Float32Array(count).map(() => (2 * random.uniform() - 1) / Math.sqrt(fanIn));
}

function normal(seed: number, name: string, count: number, deviation: number): Float32Array {
  const random = namedStream(seed, name);
  return new Float32Array(count).map(() => deviation * random.normal());
}

/** Fan-in of the kernel that a bias belongs to; undefined for a norm's. */
const kernelFanIn = (shapes: ParamShapes, name: string) => {
  const kernel = shapes.get(name.replace(/bias$/, 'weight')) ?? [];
  return kernel.length > 1 ? sizeOf(kernel.slice(1)) : undefined;
};

/** PyTorch's defaults: for the discriminators. */
export function defaultStart(shapes: ParamShapes, seed: number, network: string): Values {
  const values: Values = new Map();
  for (const [name, shape] of shapes) {
    const fanIn = kernelFanIn(shapes, name);
    const isNormWeight = fanIn === undefined && name.endsWith('weight');
    const start =
      fanIn === undefined
        ? new Float32Array(sizeOf(shape)).fill(isNormWeight ? 1 : 0)
        : uniformIn(seed, `${network}.${name}`, sizeOf(shape), fanIn);
    values.set(name, start);
  }
  return values;
}

/** The last convolution of a residual branch starts at zero, the first one carries what SiLU takes away. */
const closing = /(conv2|proj_out|out_layers\.3|fc2)\.weight$/;
const opening = /(conv1|in_layers\.2|fc1)\.weight$/;

/**
 * Normal kernels of unit gain along plain convolutions, √2 inside residual branches: PyTorch's default would shrink the
 * signal from layer to layer. For U-Nets and the convolutional G.
 */
export function unitGainStart(shapes: ParamShapes, seed: number, network: string): Values {
  const values = defaultStart(shapes, seed, network);
  for (const [name, shape] of shapes) {
    const count = sizeOf(shape);
    const key = `${network}.${name}`;
    if (name.endsWith('relative_position_bias_table')) values.set(name, normal(seed, key, count, 0.02));
    if (shape.length !== 4) continue;
    const gain = closing.test(name) ? 0 : opening.test(name) ? Math.SQRT2 : 1;
    values.set(name, normal(seed, key, count, gain / Math.sqrt(count / shape[0])));
    values.set(name.replace(/weight$/, 'bias'), new Float32Array(shape[0]));
  }
  return values;
}

/** Spectral norms' vectors: random directions. */
export function bufferStart(shapes: ParamShapes, seed: number, network: string): Values {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const values = normal(seed, `${network}.${name}`, sizeOf(shape), 1);
      const length = Math.hypot(...values) || 1;
      return [name, values.map((value) => value / length)];
    }),
  );
}
