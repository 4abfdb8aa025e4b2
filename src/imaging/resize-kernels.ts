/**
 * Resampling along one axis as tables: which input samples make each output sample, with what weights. Pixel centres lie
 * at half coordinates everywhere (`align_corners=False`).
 */

/** For output i: samples `indices[i·taps …]` with `weights[i·taps …]`. Weights of an output sum to 1. */
export interface Taps {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/**
 * - `torch-bicubic`, `torch-bilinear`, `torch-area`: as `torch.nn.functional.interpolate`, which doesn't low-pass before
 *   reducing; bicubic has a = −0.75 (§1.7). The networks and degradations were made with these.
 * - `bicubic` (a = −0.5, Catmull–Rom) and `lanczos3`: widened when reducing, so nothing aliases; as Pillow. For people.
 * - `matlab-bicubic`: the same kernel with the picture mirrored at its border, as MATLAB's `imresize`. NIQE reduces with it.
 */
export type ResizeKernel =
  | 'torch-bicubic'
  | 'torch-bilinear'
  | 'torch-area'
  | 'bicubic'
  | 'lanczos3'
  | 'matlab-bicubic';

/** Keys's cubic convolution kernel (1981) with slope a at distance 1; zero from distance 2 on. */
export function cubic(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

function lanczos3(distance: number): number {
  if (distance === 0) return 1;
  const x = Math.PI * distance;
  return Math.abs(distance) < 3 ? (3 * Math.sin(x) * Math.sin(x / 3)) / (x * x) : 0;
}

const clamp = (value: number, last: number) => Math.min(Math.max(value, 0), last);

function allocate(outputs: number, taps: number): Taps {
  return { taps, indices: new Int32Array(outputs * taps), weights: new Float32Array(outputs * taps) };
}

/** Border samples are repeated. `step` is the distance of output samples in input pixels. */
function torchBicubic(inputs: number, outputs: number, step: number): Taps {
  const table = allocate(outputs, 4);
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) * step - 0.5;
    const first = Math.floor(centre) - 1;
    for (let k = 0; k < 4; k++) {
      table.indices[i * 4 + k] = clamp(first + k, inputs - 1);
      table.weights[i * 4 + k] = cubic(centre - first - k, -0.75);
    }
  }
  return table;
}

function torchBilinear(inputs: number, outputs: number, step: number): Taps {
  const table = allocate(outputs, 2);
  for (let i = 0; i < outputs; i++) {
    const centre = Math.max(0, (i + 0.5) * step - 0.5);
    const first = Math.floor(centre);
    table.indices.set([clamp(first, inputs - 1), clamp(first + 1, inputs - 1)], i * 2);
    table.weights.set([1 - (centre - first), centre - first], i * 2);
  }
  return table;
}

/** Adaptive average pooling: the mean of all input pixels that an output pixel touches. Knows sizes only, no factor. */
function torchArea(inputs: number, outputs: number): Taps {
  const begin = (i: number) => Math.floor((i * inputs) / outputs);
  const end = (i: number) => Math.ceil(((i + 1) * inputs) / outputs);
  const table = allocate(outputs, Math.ceil(inputs / outputs) + 1);
  for (let i = 0; i < outputs; i++) {
    const count = end(i) - begin(i);
    for (let k = 0; k < table.taps; k++) {
      table.indices[i * table.taps + k] = clamp(begin(i) + k, inputs - 1);
      table.weights[i * table.taps + k] = k < count ? 1 / count : 0;
    }
  }
  return table;
}

/** −1 is 0, −2 is 1, …: the border's own sample comes twice. */
function mirror(index: number, length: number): number {
  const period = 2 * length;
  const at = ((index % period) + period) % period;
  return at < length ? at : period - 1 - at;
}

/** A kernel stretched to the output's pixel distance when reducing; what falls outside the image is left out or mirrored. */
function antialiased(
  kernel: (distance: number) => number,
  radius: number,
  inputs: number,
  outputs: number,
  step: number,
  border: 'left out' | 'mirrored' = 'left out',
): Taps {
  const stretch = Math.max(1, step);
  const table = allocate(outputs, Math.ceil(radius * stretch) * 2 + 1);
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) * step - 0.5;
    const first = Math.ceil(centre - radius * stretch);
    const raw = Array.from({ length: table.taps }, (_, k) => {
      const sample = first + k;
      const isOutside = sample < 0 || sample >= inputs;
      return isOutside && border === 'left out' ? 0 : kernel((sample - centre) / stretch);
    });
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    for (let k = 0; k < table.taps; k++) {
      const index = border === 'mirrored' ? mirror(first + k, inputs) : clamp(first + k, inputs - 1);
      table.indices[i * table.taps + k] = index;
      table.weights[i * table.taps + k] = raw[k] / total;
    }
  }
  return table;
}

/**
 * The table of one axis.
 * @param step input pixels per output pixel: inputs / outputs, or 1 / factor where a factor was asked for
 */
export function makeTaps(kernel: ResizeKernel, inputs: number, outputs: number, step: number): Taps {
  switch (kernel) {
    case 'torch-bicubic':
      return torchBicubic(inputs, outputs, step);
    case 'torch-bilinear':
      return torchBilinear(inputs, outputs, step);
    case 'torch-area':
      return torchArea(inputs, outputs);
    case 'bicubic':
      return antialiased((distance) => cubic(distance, -0.5), 2, inputs, outputs, step);
    case 'matlab-bicubic':
      return antialiased((distance) => cubic(distance, -0.5), 2, inputs, outputs, step, 'mirrored');
    case 'lanczos3':
      return antialiased(lanczos3, 3, inputs, outputs, step);
  }
}
