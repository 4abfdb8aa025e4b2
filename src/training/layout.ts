/**
 * A network's parameters as one vector: each parameter in tfjs's layout, one after the other, each from a place on where a
 * GPU can take it for a tensor of its own; zeros between and behind them. Optimizer, average and checkpoint then handle a
 * few vectors instead of hundreds of tensors, which are views of them. Custom kernels need no copy, tfjs's ops do.
 */

import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled } from '../gpu/custom-op.ts';
import { axesOf } from '../nn/params.ts';
import type { ParamShapes } from '../presets/architecture.ts';
import { rowLength } from './optimizer.ts';

/** Where parts may begin, in values: no GPU asks for more than 256 bytes. */
const viewAlignment = 64;

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
  return parts.map(({ offset, size, shape }) => tf.reshape(tf.slice(vector, offset, size), [...shape]));
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

export interface Place {
  readonly name: string;
  readonly torchShape: readonly number[];
  /** In tfjs's layout. */
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  /** Zeros behind it. */
  readonly gap: number;
}

/** For each value in our order, its index in PyTorch's. */
function torchIndices({ name, torchShape, shape, size }: Place): Uint32Array {
  const strides = torchShape.map((_, axis) => torchShape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const indices = new Uint32Array(size);
  // Axis by axis from the innermost: each repeats the pattern so far, moved on by its stride.
  let filled = 1;
  for (const [axis, of] of [...axesOf(name, shape.length).entries()].reverse()) {
    for (let from = filled; from < filled * shape[axis]; from++) {
      indices[from] = indices[from - filled] + strides[of];
    }
    filled *= shape[axis];
  }
  return indices;
}

export class Layout {
  readonly places: readonly Place[];
  /** A multiple of `rowLength`. */
  readonly length: number;

  constructor(shapes: ParamShapes) {
    const shaped = [...shapes].map(([name, torchShape]) => {
      const shape = axesOf(name, torchShape.length).map((axis) => torchShape[axis]);
      return { name, torchShape, shape, size: shape.reduce((product, n) => product * n, 1) };
    });
    const upTo = (place: number, multiple: number) => Math.ceil(place / multiple) * multiple;
    let end = 0;
    this.places = shaped.map((place, i) => {
      const offset = end;
      end = upTo(offset + place.size, i === shaped.length - 1 ? rowLength : viewAlignment);
      return { ...place, offset, gap: end - offset - place.size };
    });
    this.length = end;
  }

  /** Values up to the first parameter without the prefix: those that have it stand in front. */
  extentOf(prefix: string): number {
    return this.places.find(({ name }) => !name.startsWith(prefix))?.offset ?? this.length;
  }

  /** @throws one sentence when a tensor has another number of values */
  fromTorch(valuesOf: (name: string) => Float32Array): Float32Array {
    const vector = new Float32Array(this.length);
    for (const place of this.places) {
      const values = valuesOf(place.name);
      if (values.length !== place.size)
        throw new Error(`"${place.name}" has ${values.length} values, not ${place.size}.`);
      const indices = torchIndices(place);
      for (let i = 0; i < place.size; i++) vector[place.offset + i] = values[indices[i]];
    }
    return vector;
  }

  /** Each parameter in PyTorch's layout. */
  toTorch(vector: Float32Array): Map<string, Float32Array> {
    return new Map(
      this.places.map((place) => {
        const values = new Float32Array(place.size);
        const indices = torchIndices(place);
        for (let i = 0; i < place.size; i++) values[indices[i]] = vector[place.offset + i];
        return [place.name, values];
      }),
    );
  }
}
