/**
 * Parts of pictures at places that are values of a tensor, so that the same commands cut other parts another time; with a box
 * of zeros where one is wanted. In the kernel a thread moves one value.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, cosrBackend, customKernelsEnabled, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';

/** Whole pixels: where the part begins, and the box's upper left corner in it. Either may lie outside. */
export type Place = readonly [top: number, left: number, boxTop: number, boxLeft: number];

/** [N, 4]. The caller disposes of it. */
export const placesTensor = (places: readonly Place[]): tf.Tensor2D =>
  tf.tensor2d(
    places.map((place) => [...place]),
    [places.length, 4],
  );

export interface Part {
  readonly height: number;
  readonly width: number;
  /** Pixels outside of the pictures that a part may reach at most, where zeros are. */
  readonly reach?: number;
  /** Side of the box; 0: there is none. */
  readonly box?: number;
}

/**
 * Parts of one size, of each picture at its own place. A gradient goes to x alone.
 * @param x [B, H, W, C]; places [B, 4], or [1, 4] for the same in all
 * @returns [B, height, width, C]
 */
export const cropped = (x: tf.Tensor4D, places: tf.Tensor2D, part: Part): tf.Tensor4D =>
  customKernelsEnabled() ? croppedKernel(x, places, part) : croppedReference(x, places, part);

/** In tfjs's own ops. Sizes do not depend on the places: each new size would keep a GPU buffer of its own for good. */
function croppedReference(x: tf.Tensor4D, places: tf.Tensor2D, { height, width, reach = 0, box = 0 }: Part) {
  const rows = places.arraySync() as unknown as Place[];
  const around: [number, number] = [reach, reach];
  return tf.tidy(() => {
    const pictures = rows.length === 1 ? [x] : (tf.split(x, rows.length, 0) as tf.Tensor4D[]);
    const parts = pictures.map((picture, i) => {
      const [top, left] = rows[i] as Place;
      const padded = reach > 0 ? tf.pad(picture, [[0, 0], around, around, [0, 0]]) : picture;
      return tf.slice(padded, [0, reach + top, reach + left, 0], [-1, height, width, -1]);
    });
    const whole = (parts.length === 1 ? parts[0] : tf.concat(parts, 0)) as tf.Tensor4D;
    return box > 0 ? (tf.mul(whole, outsideBoxes(rows, height, width, box)) as tf.Tensor4D) : whole;
  });
}

/** Zeros in each picture's box, ones elsewhere: [N, height, width, 1]. */
function outsideBoxes(places: readonly Place[], height: number, width: number, box: number): tf.Tensor4D {
  const mask = new Float32Array(places.length * height * width).fill(1);
  places.forEach(([, , top, left], picture) => {
    for (let y = Math.max(0, top); y < Math.min(height, top + box); y++) {
      const row = (picture * height + y) * width;
      mask.fill(0, row + Math.max(0, left), row + Math.max(0, Math.min(width, left + box)));
    }
  });
  return tf.tensor4d(mask, [places.length, height, width, 1]);
}

const [threads, mostWorkgroups] = [64, 65_535];

/** From pictures to parts, or a gradient back: what is not given is 0. */
const program = (direction: 'crop' | 'spread'): Program => ({
  name: direction === 'crop' ? 'crop' : "crop's gradient",
  code: () => `
struct Sizes { height: i32, width: i32, fromHeight: i32, fromWidth: i32, channels: i32, places: i32, box: u32 }
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> to: array<f32>;
@group(0) @binding(3) var<uniform> s: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = g.x; i < arrayLength(&to); i += groups.x * ${threads}u) {
    let pixel = i32(i) / s.channels;
    let at = vec2(pixel / s.width % s.height, pixel % s.width);
    let picture = pixel / s.width / s.height;
    let place = vec4<i32>(places[picture % s.places]);
    let origin = at ${direction === 'crop' ? '+' : '-'} place.xy;
    // Below 0 is far above as u32.
    let inBox = vec2<u32>(${direction === 'crop' ? 'at' : 'origin'} - place.zw) < vec2(s.box);
    let isThere = vec2<u32>(origin) < vec2(u32(s.fromHeight), u32(s.fromWidth));
    let isTaken = all(isThere) & !all(inBox);
    let source = ((picture * s.fromHeight + origin.x) * s.fromWidth + origin.y) * s.channels + i32(i) % s.channels;
    to[i] = select(0.0, given[select(0, source, isTaken)], isTaken);
  }
}`,
});

function run(
  direction: 'crop' | 'spread',
  given: tf.TensorInfo,
  places: tf.TensorInfo,
  to: tf.TensorInfo,
  box: number,
) {
  const [, fromHeight, fromWidth] = given.shape as [number, number, number, number];
  const [batch, height, width, channels] = to.shape as [number, number, number, number];
  cosrBackend().dispatch({
    program: program(direction),
    inputs: [given, places],
    outputs: [to],
    sizes: [height, width, fromHeight, fromWidth, channels, places.shape[0] as number, box],
    workgroups: [Math.min(mostWorkgroups, Math.ceil((batch * height * width * channels) / threads)), 1, 1],
  });
}

type Numbers = Readonly<Record<'height' | 'width' | 'fromHeight' | 'fromWidth' | 'box', number>>;

const op = defineOp({
  name: 'CosrCrop',
  inputs: ['x', 'places'],
  forward: ({ x, places }, attributes) => {
    const { height, width, box } = attributes as Numbers;
    const y = cosrBackend().allocate([x.shape[0] as number, height, width, x.shape[3] as number]);
    run('crop', x, places, y, box);
    return [y];
  },
  kept: ['places'],
  gradient: (dy, [places], attributes) => {
    const { fromHeight, fromWidth, box } = attributes as Numbers;
    const shape = [dy.shape[0] as number, fromHeight, fromWidth, dy.shape[3] as number];
    const [dx] = jointGradients([shape], ([output]) =>
      run('spread', dy, places as tf.Tensor, output as tf.TensorInfo, box),
    ) as [() => tf.Tensor];
    return {
      x: dx,
      places: () => {
        throw new Error('There is no gradient by a place.');
      },
    };
  },
});

function croppedKernel(x: tf.Tensor4D, places: tf.Tensor2D, { height, width, box = 0 }: Part): tf.Tensor4D {
  const [, fromHeight, fromWidth] = x.shape;
  return op({ x, places }, { height, width, fromHeight, fromWidth, box } satisfies Attributes) as tf.Tensor4D;
}
