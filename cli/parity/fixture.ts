/**
 * `golden_nets.json` (src/paper/README.md, appendix B): means, deviations and single values of the paper's networks under another fill
 * rule than the golden files', made by other modules. Values there have five decimals.
 */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { loadParams, type Params } from '../../src/nn/params.ts';
import { unetSwin } from '../../src/nn/unet.ts';
import { unetParamShapes } from '../../src/nn/unet-plan.ts';
import { decode, encode, vqParamShapes } from '../../src/nn/vqgan.ts';
import type { ParamShapes } from '../../src/presets/architecture.ts';
import { presets } from '../../src/presets/presets.ts';
import { type Comparison, fromNchw, nchw, tolerances } from '../../tests/support/golden.ts';

interface Facts {
  readonly mean: number;
  readonly std: number;
  /** "(channel, row, column)" → value. */
  readonly pts: Readonly<Record<string, number>>;
  readonly quant_pts?: Readonly<Record<string, number>>;
}

/** Parameter number `index` of a network, PyTorch layout. Integers stay below 2⁵³, beyond what 32-bit products hold. */
export function fixtureParameter(name: string, shape: readonly number[], index: number): Float32Array {
  const count = shape.reduce((product, n) => product * n, 1);
  const fanIn = count / shape[0];
  let [scale, offset] = [2 * Math.sqrt(3 / fanIn), 0];
  if (name.endsWith('relative_position_bias_table')) scale = 1;
  else if (name === 'quantize.embedding.weight') scale = 4;
  else if (shape.length === 1) [scale, offset] = name.endsWith('weight') ? [0.4, 1] : [0.2, 0];
  return Float32Array.from({ length: count }, (_, i) => {
    const mixed = ((i * 7919 + index * 104_729) % 2003) + ((i * i) % 1009) * 2;
    return offset + scale * ((mixed % 2003) / 2003 - 0.5);
  });
}

const fill = (shapes: ParamShapes): Promise<Params> => {
  const order = [...shapes.keys()];
  return loadParams(shapes, async (name) => fixtureParameter(name, shapes.get(name) ?? [], order.indexOf(name)));
};

function input(shape: readonly [number, number, number, number], a: number, b: number): tf.Tensor4D {
  const count = shape.reduce((product, n) => product * n, 1);
  return fromNchw(
    Float32Array.from({ length: count }, (_, i) => ((i * a + ((i * i) % 997) * b) % 1021) / 510.5 - 1),
    shape,
  );
}

async function compare(
  rows: Comparison[],
  name: string,
  output: tf.Tensor4D,
  { mean, std, pts }: Facts,
): Promise<void> {
  const [, height, width] = output.shape;
  const values = await nchw(output);
  const ourMean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const ourStd = Math.sqrt(values.reduce((sum, v) => sum + (v - ourMean) ** 2, 0) / values.length);
  const add = (what: string, ours: number, theirs: number) =>
    // The fixture's tensors are near 1 in magnitude, so its deviation stands for the largest value.
    rows.push({ name: `${name} ${what}`, error: Math.abs(ours - theirs) / std, tolerance: tolerances.forward });
  add('mean', ourMean, mean);
  add('std', ourStd, std);
  for (const [place, value] of Object.entries(pts)) {
    const [c, y, x] = (place.match(/\d+/g) ?? []).map(Number) as [number, number, number];
    add(place, values[(c * height + y) * width + x], value);
  }
}

export async function checkFixture(path: string, rows: Comparison[]): Promise<void> {
  const facts = JSON.parse(await readFile(path, 'utf8')) as Record<string, Facts>;
  const of = (name: string): Facts => {
    const entry = facts[name];
    if (!entry) throw new Error(`${path} has no "${name}": it is no fixture of appendix B.`);
    return entry;
  };
  const { unet: unetConfig, autoencoder: aeConfig } = presets.paper;

  // Named first, so that a file of another kind is refused before 119 M parameters are made.
  const sizes = [64, 128].map((width) => ({ width, name: `unet_64x${width}`, facts: of(`unet_64x${width}`) }));
  const unet = await fill(unetParamShapes(unetConfig));
  for (const { width, name, facts: expected } of sizes) {
    const output = unetSwin(unet, unetConfig, input([1, 3, 64, width], 31, 3), [14], input([1, 3, 64, width], 57, 5));
    await compare(rows, name, output, expected);
    output.dispose();
  }
  unet.dispose();

  const autoencoder = await fill(vqParamShapes(aeConfig));
  await compare(rows, 'vq_enc_64x96', encode(autoencoder, aeConfig, input([1, 3, 64, 96], 31, 3)), of('vq_enc_64x96'));
  const codes = Int32Array.from({ length: 16 * 24 }, (_, i) => (i * 37 + 11) % 8192);
  const rowsOfCodebook = tf.gather(
    autoencoder.get<tf.Tensor2D>('quantize.embedding.weight'),
    tf.tensor1d(codes, 'int32'),
  );
  const z = tf.reshape(rowsOfCodebook, [1, 16, 24, 3]) as tf.Tensor4D;
  const decoded = of('vq_dec_16x24');
  await compare(rows, 'vq_dec_16x24', decode(autoencoder, aeConfig, z), decoded);
}
