/** A discriminator's logits and gradients against a golden file (tests/golden/README.md). */
import * as tf from '@tensorflow/tfjs-core';
import {
  advanceSpectralNorms,
  discriminate,
  discriminatorBufferShapes,
  discriminatorParamShapes,
} from '../../src/nn/discriminator.ts';
import type { DiscriminatorConfig } from '../../src/presets/architecture.ts';
import { type Golden, tolerances } from '../../tests/support/golden.ts';
import { uniform } from '../../tests/support/hashed.ts';
import { compareGradients, gradients } from './gradients.ts';

/** A spectral norm's vector of length 1. */
function vector(name: string, count: number): tf.Tensor1D {
  const values = uniform(name, count, 1);
  const length = Math.hypot(...values);
  return tf.tensor1d(values.map((value) => value / length));
}

export async function checkDiscriminator(golden: Golden): Promise<void> {
  const config = golden.metadata<DiscriminatorConfig>('discriminator');
  const params = await golden.params(discriminatorParamShapes(config), golden.name, 'param_shapes');
  const start = new Map(
    [...discriminatorBufferShapes(config)].map(([name, [count]]) => [
      name,
      vector(`${golden.name}/${name}`, count as number) as tf.Tensor,
    ]),
  );
  const vectors = advanceSpectralNorms(params.with(start), config);
  const x = golden.input('x', golden.shape('grad.x'), 1);

  const maps = discriminate(params.with(vectors), config, x);
  for (const [head, map] of maps.entries()) await golden.compareTensor(`logits.${head}`, map, tolerances.forward);
  const weights = maps.map((_, head) => golden.input(`w${head}`, golden.shape(`logits.${head}`), 1));
  const found = await gradients(params, x, (p, input) => {
    const logits = discriminate(p.with(vectors), config, input);
    return tf.addN(logits.map((map, head) => tf.mean(tf.mul(map, weights[head] as tf.Tensor)))) as tf.Scalar;
  });
  golden.compare('loss', [found.loss], await golden.reference('loss'), tolerances.gradient);
  await golden.compareTensor('grad.x', found.x, tolerances.gradient);
  await compareGradients(golden, 'grad.', 'grad_l2_norms', found.params);
}
