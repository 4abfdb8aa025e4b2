/** Gradient norms of a loss's terms by a network's output, and the weights of adversarial terms that follow from them. */
import * as tf from '@tensorflow/tfjs-core';
import { adaptiveWeight } from './objectives.ts';

/** One term at one output. */
export interface Pull<Name extends string> {
  readonly name: Name;
  readonly value: tf.Scalar;
  /** ∂value/∂output, without the weight, and its norm. */
  readonly gradient: tf.Tensor4D;
  readonly norm: tf.Scalar;
  readonly weight: tf.Scalar;
}

const normOf = (t: tf.Tensor): tf.Scalar => tf.tidy(() => tf.sqrt(tf.sum(tf.square(t))));

export function pullOf<Name extends string>(
  name: Name,
  weight: number,
  value: (output: tf.Tensor4D) => tf.Scalar,
  output: tf.Tensor4D,
): Pull<Name> {
  const found = tf.valueAndGrad((at: tf.Tensor) => value(at as tf.Tensor4D))(output);
  const gradient = found.grad as tf.Tensor4D;
  return { name, value: found.value as tf.Scalar, gradient, norm: normOf(gradient), weight: tf.scalar(weight) };
}

/** Σ weight · gradient. @param output gives the shape where there is no term */
export const total = <Name extends string>(pulls: readonly Pull<Name>[], output: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(
    () =>
      tf.addN([tf.zerosLike(output), ...pulls.map(({ gradient, weight }) => tf.mul(gradient, weight))]) as tf.Tensor4D,
  );

/**
 * The same terms with adaptive weights: those with a share are made that many times as long as the reconstruction terms,
 * as weighted, are together.
 */
export function balanced<Name extends string>(
  pulls: readonly Pull<Name>[],
  reconstruction: readonly Name[],
  shares: Readonly<Partial<Record<Name, number>>>,
  output: tf.Tensor4D,
): Pull<Name>[] {
  const whole = tf.tidy(() =>
    normOf(
      total(
        pulls.filter(({ name }) => reconstruction.includes(name)),
        output,
      ),
    ),
  );
  return pulls.map((pull) => {
    const share = shares[pull.name];
    return share === undefined ? pull : { ...pull, weight: adaptiveWeight(share, whole, pull.norm) };
  });
}

/** Σ weight · value. */
export const weightedSum = (terms: readonly { readonly value: tf.Scalar; readonly weight: tf.Scalar }[]): tf.Scalar =>
  tf.tidy(() => tf.addN([tf.scalar(0), ...terms.map(({ value, weight }) => tf.mul(value, weight))]) as tf.Scalar);
