/**
 * Networks that start as a linear map of 3×3 neighbourhoods, with everything else random or at zero: the student as the
 * least-squares prediction of the latent from LR pixels, G as that of LR pixels from the latent.
 *
 * Without norms nothing stands in its way. GroupNorm with 32 groups keeps of each group only the direction of its centred
 * channel vector: of two channels a sign, of one nothing, so the level of a flat picture would be lost in a U-Net's last norm.
 * From three channels a group on, two "carriers" held at ±K by their bias give the others a fixed unit, and the level passes.
 */

import type { FloatImage } from '../imaging/image.ts';
import type { UnetConfig } from '../presets/architecture.ts';

/** weight [C, K, 3, 3], bias [C]. */
export interface LinearMap {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
}

type Values = Map<string, Float32Array>;

const groups = 32;
/** K; the data channels' own deviation is about 1. */
const carrier = 4;
/** Bias after the last norm that puts data on the straight part of SiLU, and SiLU's slope there. */
const lift = 3;
const slope = 1.09;
/** Undoes the last norm, of three channels a group, and the SiLU. */
const unit = (carrier * Math.sqrt(2 / 3)) / slope;
const lifted = lift / (1 + Math.exp(-lift));

function get(values: Values, name: string): Float32Array {
  const found = values.get(name);
  if (!found) throw new Error(`The network has no parameter "${name}".`);
  return found;
}

/** Sets weight[row] of a [rows, …] tensor to zero. */
function clearRows(weight: Float32Array, rows: Iterable<number>, rowCount: number): void {
  const size = weight.length / rowCount;
  for (const row of rows) weight.fill(0, row * size, (row + 1) * size);
}

/** The last residual block, whose skip connection has the first convolution's map behind what comes from below. */
const lastBlock = ({ num_res_blocks }: UnetConfig) =>
  `output_blocks.${num_res_blocks.reduce((sum, n) => sum + n + 1, 0) - 1}.0`;

/** The first convolution's rows are the map; the condition stands in its last input channels. */
function enter(values: Values, width: number, rows: readonly number[], map: LinearMap): void {
  const weight = get(values, 'input_blocks.0.0.weight');
  const bias = get(values, 'input_blocks.0.0.bias');
  const inputs = weight.length / width / 9;
  const mapRow = map.inputs * 9;
  clearRows(weight, rows, width);
  rows.forEach((row, i) => {
    weight.set(map.weight.subarray(i * mapRow, (i + 1) * mapRow), (row + 1) * inputs * 9 - mapRow);
    bias[row] = map.bias[i];
  });
}

/** Rows of the outermost skip connection pass as they are; those of `cleared` take nothing. */
function pass(skip: Float32Array, width: number, rows: readonly number[], cleared: readonly number[]): void {
  const inputs = skip.length / width;
  clearRows(skip, [...cleared, ...rows], width);
  for (const row of rows) skip[row * inputs + (inputs - width + row)] = 1;
}

/** The last convolution's outputs are these rows, times `gain`. */
function leave(values: Values, width: number, rows: readonly number[], gain: number, bias: number): void {
  const weight = get(values, 'out.2.weight').fill(0);
  const biases = get(values, 'out.2.bias');
  rows.forEach((row, i) => {
    weight[(i * width + row) * 9 + 4] = gain;
    biases[i] = bias;
  });
}

/**
 * The map travels from a U-Net's first convolution over the outermost skip connection to its output. Networks with norms that
 * are narrower than three channels a group at full resolution stay as they are.
 * @param values changed in place
 */
export function startUnetLinear(values: Values, config: UnetConfig, map: LinearMap): void {
  const width = config.model_channels * config.channel_mult[0];
  const channels = Array.from({ length: width }, (_, c) => c);
  if (config.norm !== 'none') {
    startNormedUnet(values, config, map, channels);
    return;
  }
  const rows = channels.slice(0, map.outputs);
  enter(values, width, rows, map);
  pass(get(values, `${lastBlock(config)}.skip_connection.weight`), width, rows, []);
  leave(values, width, rows, 1, 0);
}

/** The same through norms, by carriers. @param channels of the outermost level */
function startNormedUnet(values: Values, config: UnetConfig, map: LinearMap, channels: readonly number[]): void {
  const width = channels.length;
  const size = width / groups;
  if (size < 3) return;
  const isCarrier = (c: number) => c % size < 2;
  const data = channels.filter((c) => !isCarrier(c));
  const rows = data.slice(0, map.outputs);
  const last = lastBlock(config);

  const bias = get(values, `${last}.out_layers.3.bias`);
  for (const c of channels) if (isCarrier(c)) bias[c] = bias[c] + (c % size === 0 ? carrier : -carrier);
  const normBias = get(values, 'out.0.bias');
  for (const c of data) normBias[c] = lift;

  enter(values, width, rows, map);
  const skip = get(values, `${last}.skip_connection.weight`);
  pass(skip, width, rows, channels.filter(isCarrier));
  const skipInputs = skip.length / width;
  // The two carriers of a group take off its data channels' sum, so that the norm subtracts none of the data's level.
  for (let group = 0; group < groups; group++) {
    for (let input = 0; input < skipInputs; input++) {
      let sum = 0;
      for (let c = group * size + 2; c < (group + 1) * size; c++) sum += skip[c * skipInputs + input];
      for (const c of [group * size, group * size + 1]) skip[c * skipInputs + input] = -sum / 2;
    }
  }
  leave(values, width, rows, unit, -lifted * unit);
}

/** The same for the convolutional G: through the stream, around residual branches that start at zero. */
export function startConvLinear(values: Values, width: number, map: LinearMap): void {
  const first = get(values, 'conv_in.weight');
  const inputs = first.length / width / 9;
  const mapRow = map.inputs * 9;
  const out = get(values, 'conv_out.weight').fill(0);
  const bias = get(values, 'conv_in.bias');
  for (let row = 0; row < map.outputs; row++) {
    first.fill(0, row * inputs * 9, (row + 1) * inputs * 9);
    first.set(map.weight.subarray(row * mapRow, (row + 1) * mapRow), (row + 1) * inputs * 9 - mapRow);
    bias[row] = map.bias[row];
    out[(row * width + row) * 9 + 4] = 1;
  }
}

// Least squares of one picture's values on the 3×3 neighbourhoods of another's.

/** Keeps what the pictures leave open near zero, as a share of the number of places. */
const ridge = 1e-4;

/** Solves A·x = b for several b by Cholesky decomposition; A [n, n] positive definite, B [n, m], both overwritten; B becomes x. */
function solve(a: Float64Array, b: Float64Array, n: number, m: number): void {
  const at = (row: number, column: number) => a[row * n + column];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  for (let c = 0; c < m; c++) {
    for (let i = 0; i < n; i++) {
      let sum = b[i * m + c];
      for (let k = 0; k < i; k++) sum -= at(i, k) * b[k * m + c];
      b[i * m + c] = sum / at(i, i);
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[i * m + c];
      for (let k = i + 1; k < n; k++) sum -= at(k, i) * b[k * m + c];
      b[i * m + c] = sum / at(i, i);
    }
  }
}

/** @param pairs pictures of equal size; inner places count */
export function linearFit(pairs: readonly (readonly [input: FloatImage, target: FloatImage])[]): LinearMap {
  const [first] = pairs;
  if (!first) throw new Error('There is nothing to fit a linear map to.');
  const [inputs, outputs] = [first[0].channels, first[1].channels];
  const n = inputs * 9 + 1;
  const [gram, moment] = [new Float64Array(n * n), new Float64Array(n * outputs)];
  const patch = new Float64Array(n).fill(1);
  let places = 0;
  for (const [input, target] of pairs) {
    const { width, height } = input;
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        for (let c = 0, to = 0; c < inputs; c++) {
          for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++) patch[to++] = input.data[((y + dy) * width + x + dx) * inputs + c];
          }
        }
        for (let i = 0; i < n; i++) {
          const value = patch[i];
          for (let j = 0; j <= i; j++) gram[i * n + j] = gram[i * n + j] + value * patch[j];
          for (let c = 0; c < outputs; c++) {
            const wanted = target.data[(y * width + x) * outputs + c];
            moment[i * outputs + c] = moment[i * outputs + c] + value * wanted;
          }
        }
        places++;
      }
    }
  }
  for (let i = 0; i < n; i++) gram[i * n + i] = gram[i * n + i] + ridge * places;
  solve(gram, moment, n, outputs);
  const weight = new Float32Array(outputs * inputs * 9);
  for (let c = 0; c < outputs; c++) {
    for (let i = 0; i < n - 1; i++) weight[c * (n - 1) + i] = moment[i * outputs + c];
  }
  const bias = Float32Array.from({ length: outputs }, (_, c) => moment[(n - 1) * outputs + c]);
  return { weight, bias, inputs, outputs };
}
