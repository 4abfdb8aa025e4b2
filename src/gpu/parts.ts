/**
 * Packs a network's parameters into one flat vector; its tensors are views of it. Custom kernels need no copy, tfjs's ops do.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled } from './custom-op.ts';

/** Where parts may begin, in values: no GPU asks for more than 256 bytes. */
export const viewAlignment = 64;

export interface Part {
  /** In values; a multiple of `viewAlignment`. */
  readonly offset: number;
  readonly size: number;
  readonly shape: readonly number[];
  /** Zeros behind it, up to the next part or the vector's end. */
  readonly gap: number;
}

/** The tensors that a vector holds. On our kernels they are the vector's own memory: they change with it. */
export function partsOf(vector: tf.Tensor1D, parts: readonly Part[]): tf.Tensor[] {
  if (customKernelsEnabled()) {
    return parts.map(({ offset, shape }) =>
      tf.engine().makeTensorFromTensorInfo(cosrBackend().part(vector, offset, [...shape])),
    );
  }
  if (tf.getBackend() === 'webgpu') {
    return parts.map(({ offset, size, shape }) => tf.reshape(tf.slice(vector, offset, size), [...shape]));
  }
  // Off the GPU, a slice of tfjs's copies all it is taken from: once is enough.
  const values = vector.dataSync<'float32'>();
  return parts.map(({ offset, size, shape }) => tf.tensor(values.subarray(offset, offset + size), [...shape]));
}

/** The inverse: one vector of tensors, each at its part's place. @param tensors zeros where there is none */
export function joined(tensors: readonly (tf.Tensor | undefined)[], parts: readonly Part[]): tf.Tensor1D {
  if (customKernelsEnabled()) {
    const last = parts.at(-1) as Part;
    const given = parts.flatMap(({ offset }, i) => {
      const tensor = tensors[i];
      return tensor ? [{ tensor, offset }] : [];
    });
    const vector = cosrBackend().gather(last.offset + last.size + last.gap, given);
    return tf.engine().makeTensorFromTensorInfo(vector) as tf.Tensor1D;
  }
  return tf.tidy(() => {
    const pieces = parts.flatMap(({ size, gap }, i) => {
      const tensor = tensors[i];
      const own = tensor ? [tf.reshape(tensor, [size])] : [tf.zeros([size])];
      return gap > 0 ? [...own, tf.zeros([gap])] : own;
    });
    return tf.concat(pieces) as tf.Tensor1D;
  });
}
