/**
 * The project's one random generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). It is counter-based: a pure function of (counter, key), so a value can be asked for by its place
 * (the noise field) as well as one after the other (`RandomStream`), and nothing depends on the order of asking.
 */

/** 32-bit FNV-1a of a text's UTF-8 bytes: a number for a name. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const [multiplier0, multiplier1] = [0xd2511f53, 0xcd9e8d57];
// The golden ratio and √3 − 1 as 32-bit fractions: the Weyl sequence of round keys.
const [weyl0, weyl1] = [0x9e3779b9, 0xbb67ae85];
const rounds = 10;
const toUnit = 2 ** -32;

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const rest = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (rest >>> 16)) >>> 0;
}

/** A 128-bit counter, least significant word first. Words are taken modulo 2³²; negative ones count as two's complement. */
export type Counter = readonly [number, number, number, number];

/**
 * Four independent uniform 32-bit words for a counter and a 64-bit key, written to `out[0..3]`.
 * @param seed a safe integer; its two's complement is the key
 */
export function philox(out: Uint32Array, counter: Counter, seed: number): void {
  let [c0, c1, c2, c3] = counter;
  let key0 = seed >>> 0;
  let key1 = Math.floor(seed / 2 ** 32) >>> 0;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low0 = Math.imul(multiplier0, c0);
    const low1 = Math.imul(multiplier1, c2);
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 = (key0 + weyl0) >>> 0;
    key1 = (key1 + weyl1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * Four uniform words as four standard normal numbers (Box–Muller on pairs), written to `out[0..3]`; |value| < 6.8.
 * V8 computes log, sin and cos in software, so Chrome and Node agree to the bit on every machine.
 */
function boxMuller(out: Float64Array, words: Uint32Array): void {
  for (let i = 0; i < 4; i += 2) {
    // Half a step off zero keeps the logarithm finite.
    const radius = Math.sqrt(-2 * Math.log((words[i] + 0.5) * toUnit));
    const angle = 2 * Math.PI * toUnit * words[i + 1];
    out[i] = radius * Math.cos(angle);
    out[i + 1] = radius * Math.sin(angle);
  }
}

/** The purpose of a counter, in its last word: the uses of one seed never share a value. */
const counterDomain = { noiseField: 0, stream: 1 } as const;

/** @throws RangeError unless the seed is a safe integer */
function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`The seed ${seed} is not a whole number below 2⁵³.`);
}

/** Values one after the other. Streams of one seed with different numbers (below 2³²) are independent of each other. */
export class RandomStream {
  readonly #seed: number;
  readonly #stream: number;
  readonly #words = new Uint32Array(4);
  readonly #normals = new Float64Array(4);
  #block = 0;
  #wordsLeft = 0;
  #normalsLeft = 0;

  /** @throws RangeError unless the seed is a safe integer */
  constructor(seed: number, stream = 0) {
    checkSeed(seed);
    this.#seed = seed;
    this.#stream = stream;
  }

  #refill(): void {
    const block = this.#block++;
    philox(this.#words, [block, Math.floor(block / 2 ** 32), this.#stream, counterDomain.stream], this.#seed);
  }

  /** Uniform in [0, 2³²), whole. */
  uint32(): number {
    if (this.#wordsLeft === 0) {
      this.#refill();
      this.#wordsLeft = 4;
    }
    return this.#words[4 - this.#wordsLeft--];
  }

  /** Uniform in [0, 1), in steps of 2⁻³². */
  uniform(): number {
    return this.uint32() * toUnit;
  }

  /** Uniform whole number in [0, count); the bias is below count · 2⁻³². */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal. */
  normal(): number {
    if (this.#normalsLeft === 0) {
      this.#refill();
      this.#wordsLeft = 0;
      boxMuller(this.#normals, this.#words);
      this.#normalsLeft = 4;
    }
    return this.#normals[4 - this.#normalsLeft--];
  }
}

/**
 * The stream that belongs to a name (its number is the name's 32-bit hash). A draw that has a name of its own doesn't
 * move when another one is added, left out or taken more often.
 * @throws RangeError unless the seed is a safe integer
 */
export function namedStream(seed: number, name: string): RandomStream {
  return new RandomStream(seed, fnv1a32(name));
}

/*
 * The ε of one-step upscaling as a field over the plane: a pure function of seed, absolute latent coordinates and
 * channel (docs/decisions/014). Neighbouring tiles share their ε where they overlap, and a crop gets the ε of its place in the
 * whole. Negative coordinates, which padding asks for, are as good as any.
 */

/** One counter yields four normals: four neighbouring channels of one place. */
const channelsPerBlock = 4;
/** Counters of a place that a draw has for itself: more than channels of any latent ask for. */
const blocksPerDraw = 2 ** 16;

/**
 * Fills a window of the field, rows then columns then channels (NHWC, N = 1), with N(0, 1) values.
 * @param out height · width · channels values
 * @param originY absolute row of the window's first row, in latent pixels; likewise `originX`
 * @param draw number of the field: 0 is the ε of x_T, an ancestral chain takes one more for each of its steps
 * @throws RangeError when `out` has another length or an argument is not a whole number
 */
export function fillNoise(
  out: Float32Array,
  seed: number,
  originY: number,
  originX: number,
  height: number,
  width: number,
  channels: number,
  draw = 0,
): void {
  checkSeed(seed);
  if (![originY, originX, height, width, channels, draw].every(Number.isInteger)) {
    throw new RangeError('The noise window must have whole coordinates and sizes.');
  }
  if (out.length !== height * width * channels) {
    throw new RangeError(`${out.length} values can't hold noise of ${height} × ${width} × ${channels}.`);
  }
  const words = new Uint32Array(4);
  const normals = new Float64Array(4);
  let at = 0;
  for (let y = originY; y < originY + height; y++) {
    for (let x = originX; x < originX + width; x++) {
      for (let first = 0; first < channels; first += channelsPerBlock) {
        philox(words, [x, y, draw * blocksPerDraw + first / channelsPerBlock, counterDomain.noiseField], seed);
        boxMuller(normals, words);
        const count = Math.min(channelsPerBlock, channels - first);
        for (let i = 0; i < count; i++) out[at++] = normals[i];
      }
    }
  }
}

/** One value of the field: what `fillNoise` writes there. */
export function normalAt(seed: number, y: number, x: number, channel: number): number {
  const values = new Float32Array(channel + 1);
  fillNoise(values, seed, y, x, 1, 1, channel + 1);
  return values[channel];
}
