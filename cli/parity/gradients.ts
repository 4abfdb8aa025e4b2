/** Gradients for the checks, and their comparison with a golden file's. */
import * as tf from '@tensorflow/tfjs-core';
import { type Params, toTorch } from '../../src/nn/params.ts';
import { type Golden, gradientFloor, tolerances } from '../../tests/support/golden.ts';

/** A tensor's values as they lie. Gradients are in PyTorch layout already, and must not be taken for activations. */
const raw = async (tensor: tf.Tensor) => tensor.data() as Promise<Float32Array>;

/** A network's loss and its gradients: with respect to `x`, NHWC, and to every parameter by name, in PyTorch layout. */
export interface Gradients {
  readonly loss: number;
  readonly x: tf.Tensor4D;
  readonly params: ReadonlyMap<string, tf.Tensor>;
}

export async function gradients(
  params: Params,
  x: tf.Tensor4D,
  loss: (params: Params, x: tf.Tensor4D) => tf.Scalar,
): Promise<Gradients> {
  const names = params.names;
  const { value, grads } = tf.valueAndGrads((first: tf.Tensor, ...tensors: tf.Tensor[]) =>
    loss(params.with(new Map(names.map((name, i) => [name, tensors[i]]))), first as tf.Tensor4D),
  )([x, ...names.map((name) => params.get(name))]);
  const [gradX, ...gradParams] = grads as [tf.Tensor4D, ...tf.Tensor[]];
  return {
    loss: (await raw(value))[0],
    x: gradX,
    params: new Map(names.map((name, i) => [name, toTorch(name, gradParams[i])])),
  };
}

/** Compares the parameters' gradients that the file holds as `prefix` + name, and the norms of all of them. */
export async function compareGradients(
  golden: Golden,
  prefix: string,
  normsKey: string,
  found: ReadonlyMap<string, tf.Tensor>,
): Promise<void> {
  const theirNorms = golden.metadata<Record<string, number>>(normsKey);
  const floor = gradientFloor(theirNorms);
  const norms = new Map<string, number>();
  for (const [name, tensor] of found) {
    const values = await raw(tensor);
    norms.set(name, Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)));
    const key = prefix + name;
    if (golden.has(key)) golden.compare(key, values, await golden.reference(key), tolerances.gradient, floor);
  }
  golden.compareNorms(normsKey, norms, theirNorms, tolerances.gradient);
}

/** Compares a network's loss with the file's, and its gradients by the input and all parameters. */
export async function compareLoss(golden: Golden, { loss, x, params }: Gradients): Promise<void> {
  golden.compare('loss', [loss], await golden.reference('loss'), tolerances.gradient);
  await golden.compareTensor('grad.x', x, tolerances.gradient);
  await compareGradients(golden, 'grad.', 'grad_l2_norms', params);
}
