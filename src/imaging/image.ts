/**
 * The two shapes a picture has here, and the way between them; parts of pictures, which may reach outside: there they are reflected
 * at the border, for images from one pixel up and any distance.
 */

/** Interleaved rows (HWC). Colour images have 3 channels, RGB in [−1, 1], the networks' pixel range (§1.7). */
export interface FloatImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** 8-bit sRGB with straight (not premultiplied) alpha; an `ImageData` is one. */
export interface Rgba8 {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A blank picture: zeros. Sizes in pixels. */
export function floatImage(width: number, height: number, channels: number): FloatImage {
  return { width, height, channels, data: new Float32Array(width * height * channels) };
}

/** [−1, 1] value of each byte: b / 127.5 − 1. */
export const byteToFloat: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** RGB of an 8-bit image as floats in [−1, 1]; alpha is left out. */
export function rgba8ToFloat(image: Rgba8): FloatImage {
  const { width, height, data } = image;
  const out = floatImage(width, height, 3);
  for (let from = 0, to = 0; to < out.data.length; from += 4, to += 3) {
    out.data[to] = byteToFloat[data[from]];
    out.data[to + 1] = byteToFloat[data[from + 1]];
    out.data[to + 2] = byteToFloat[data[from + 2]];
  }
  return out;
}

function checkInside(
  image: { readonly width: number; readonly height: number },
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  if (x < 0 || y < 0 || x + width > image.width || y + height > image.height) {
    throw new RangeError('The rectangle reaches beyond the image.');
  }
}

/**
 * An RGB image in [−1, 1], or a rectangle of it, as opaque 8-bit pixels: clamped, rounded to nearest.
 * @throws RangeError when the image is not RGB or the rectangle leaves it
 */
export function floatToRgba8(image: FloatImage, x = 0, y = 0, width = image.width, height = image.height): Rgba8 {
  if (image.channels !== 3) throw new RangeError(`An image of ${image.channels} channels is not RGB.`);
  checkInside(image, x, y, width, height);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let row = 0, to = 0; row < height; row++) {
    let from = ((y + row) * image.width + x) * 3;
    for (let column = 0; column < width; column++, from += 3, to += 4) {
      // The array clamps and rounds to nearest; the one exact half, 0 → 127.5, becomes 128.
      data[to] = image.data[from] * 127.5 + 127.5;
      data[to + 1] = image.data[from + 1] * 127.5 + 127.5;
      data[to + 2] = image.data[from + 2] * 127.5 + 127.5;
    }
  }
  return { width, height, data };
}

/**
 * A copy of a rectangle.
 * @throws RangeError when it reaches beyond the image
 */
export function cropRgba8(image: Rgba8, x: number, y: number, width: number, height: number): Rgba8 {
  checkInside(image, x, y, width, height);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 4;
    data.set(image.data.subarray(from, from + width * 4), row * width * 4);
  }
  return { width, height, data };
}

/**
 * Overwrites the target's pixels from (x, y) on with the source's.
 * @throws RangeError when the source reaches beyond the target
 */
export function pasteRgba8(target: Rgba8, source: Rgba8, x: number, y: number): void {
  const { width, height } = source;
  checkInside(target, x, y, width, height);
  for (let row = 0; row < height; row++) {
    const line = source.data.subarray(row * width * 4, (row + 1) * width * 4);
    target.data.set(line, ((y + row) * target.width + x) * 4);
  }
}

/** Places of the upright picture's axes in a stored one, by EXIF orientation: whether x and y are exchanged, then which run backwards. */
const turns = [
  [false, false, false],
  [false, true, false],
  [false, true, true],
  [false, false, true],
  [true, false, false],
  [true, false, true],
  [true, true, true],
  [true, true, false],
] as const;

/**
 * A stored picture upright.
 * @param orientation EXIF, 1 (upright already) to 8
 */
export function turned(image: Rgba8, orientation: number): Rgba8 {
  const [exchanged, backX, backY] = turns[orientation - 1] ?? turns[0];
  if (!exchanged && !backX && !backY) return image;
  const from = new Uint32Array(image.data.buffer, image.data.byteOffset, image.data.length / 4);
  const [width, height] = exchanged ? [image.height, image.width] : [image.width, image.height];
  const to = new Uint32Array(from.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [across, down] = exchanged ? [y, x] : [x, y];
      const column = backX ? image.width - 1 - across : across;
      to[at++] = from[(backY ? image.height - 1 - down : down) * image.width + column] ?? 0;
    }
  }
  return { width, height, data: new Uint8ClampedArray(to.buffer) };
}

/** Black, in place, where nothing is seen: decoders disagree on colours of full transparency. */
export function withoutHiddenColours(image: Rgba8): Rgba8 {
  const { data } = image;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 0) data.fill(0, at, at + 3);
  return image;
}

/** Brightness of a pixel by its number, 0 … 255 (BT.601). */
export const grey = ({ data }: Rgba8, pixel: number): number =>
  0.299 * (data[4 * pixel] ?? 0) + 0.587 * (data[4 * pixel + 1] ?? 0) + 0.114 * (data[4 * pixel + 2] ?? 0);

/**
 * Index into 0…n−1 of position `i` on the endlessly reflected line; the border pixel is not repeated (… 2 1 0 1 2 …).
 * A triangle wave, so it reflects as often as needed: PyTorch's reflect padding fails from a distance of n on.
 */
export function reflectIndex(i: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const phase = ((i % period) + period) % period;
  return phase < n ? phase : period - phase;
}

function reflectedOffsets(start: number, count: number, n: number, stride: number): Int32Array {
  if (n < 1) throw new RangeError('An empty image has nothing to reflect.');
  return Int32Array.from({ length: count }, (_, i) => reflectIndex(start + i, n) * stride);
}

/** The rectangle at (x, y), which may leave the image on every side; what lies outside is reflected. */
export function cropReflect(image: FloatImage, x: number, y: number, width: number, height: number): FloatImage {
  const { channels, data } = image;
  const columns = reflectedOffsets(x, width, image.width, channels);
  const rows = reflectedOffsets(y, height, image.height, image.width * channels);
  const out = floatImage(width, height, channels);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) out.data[to++] = data[row + column + c];
    }
  }
  return out;
}

/** As `cropReflect`, straight from 8-bit pixels to RGB in [−1, 1]; alpha is left out. */
export function cropReflectRgb(image: Rgba8, x: number, y: number, width: number, height: number): FloatImage {
  const columns = reflectedOffsets(x, width, image.width, 4);
  const rows = reflectedOffsets(y, height, image.height, image.width * 4);
  const out = floatImage(width, height, 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = row + column;
      for (let c = 0; c < 3; c++) out.data[to++] = byteToFloat[image.data[from + c]];
    }
  }
  return out;
}
