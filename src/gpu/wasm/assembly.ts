/**
 * WebAssembly of our own, written as text is for GPUs: functions are lists of instructions, which become a module on tfjs's
 * memory. Numbers are those of the core specification's binary format, SIMD among them (webassembly.github.io/spec, chapter 5).
 */

/** Instructions. */
export type Code = readonly number[];

/** Unsigned LEB128; signed values that are below 64 in magnitude and not negative read the same. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const byte = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (byte & 64) === 0) || (rest === -1 && (byte & 64) !== 0)) return [...bytes, byte];
    bytes.push(byte | 128);
  }
}

const [i32, v128] = [0x7f, 0x7b];
const [nothing, end] = [0x40, 0x0b];
const simd = (opcode: number): Code => [0xfd, ...leb(opcode)];
const joined = (...codes: readonly Code[]): Code => codes.flat();

export const get = (local: number): Code => [0x20, ...leb(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...leb(local)];
export const constant = (value: number): Code => [0x41, ...signed(value)];
export const add = (a: Code, b: Code): Code => joined(a, b, [0x6a]);
export const subtract = (a: Code, b: Code): Code => joined(a, b, [0x6b]);
export const multiply = (a: Code, b: Code): Code => joined(a, b, [0x6c]);
/** A local moves on by so many bytes. */
export const next = (local: number, by: Code | number): Code =>
  set(local, add(get(local), typeof by === 'number' ? constant(by) : by));
/** A local counts down. */
export const less = (local: number, by = 1): Code => set(local, subtract(get(local), constant(by)));
/** a < b, unsigned. */
export const isBelow = (a: Code, b: Code): Code => joined(a, b, [0x49]);

export const isEqual = (a: Code, b: Code): Code => joined(a, b, [0x46]);
/** a > b, signed. */
export const isAbove = (a: Code, b: Code): Code => joined(a, b, [0x4a]);

/** The function of that place in the module. */
export const call = (place: number, ...parameters: readonly Code[]): Code => [
  ...parameters.flat(),
  0x10,
  ...leb(place),
];

/** Runs once, where the condition holds. */
export const when = (condition: Code, ...body: readonly Code[]): Code => [
  ...condition,
  ...[0x04, nothing],
  ...body.flat(),
  end,
];

/** Runs as long as the condition holds, which is looked at before each run. */
export const whilst = (condition: Code, ...body: readonly Code[]): Code => [
  ...[0x02, nothing, 0x03, nothing],
  ...condition,
  ...[0x45, 0x0d, 1],
  ...body.flat(),
  ...[0x0c, 0, end, end],
];

/** Address, alignment to 4 bytes, and an offset to it. */
const access = (opcode: Code, address: Code, offset: number): Code => joined(address, opcode, [2, ...leb(offset)]);
export const load32 = (address: Code, offset = 0): Code => access([0x28], address, offset);
export const store32 = (address: Code, value: Code): Code => [...address, ...value, 0x36, 2, 0];
export const load = (address: Code, offset = 0): Code => access(simd(0), address, offset);
export const loadSplat = (address: Code): Code => access(simd(9), address, 0);
export const store = (address: Code, value: Code, offset = 0): Code =>
  joined(address, value, simd(11), [2, ...leb(offset)]);
/** The first of four values. */
export const storeFirst = (address: Code, value: Code, offset = 0): Code =>
  joined(address, value, simd(0x5a), [2, ...leb(offset), 0]);

const dropped = 0x1a;
const atomic = (opcode: number, offset: number): Code => [0xfe, opcode, 2, ...leb(offset)];
/** Of a shared memory's whole numbers; those that change one leave what was there before. */
export const atomics = {
  load: (address: Code, offset: number): Code => joined(address, atomic(0x10, offset)),
  add: (address: Code, offset: number, value: Code): Code => joined(address, value, atomic(0x1e, offset)),
  subtract: (address: Code, offset: number, value: Code): Code => joined(address, value, atomic(0x25, offset)),
  /** Sleeps until another thread notifies, where the number there is still this one. */
  wait: (address: Code, offset: number, known: Code): Code =>
    // No time limit: −1, of 64 bits.
    joined(address, known, [0x42, 0x7f], atomic(0x01, offset), [dropped]),
  /** Wakes one that waits there. */
  notify: (address: Code, offset: number): Code => joined(address, constant(1), atomic(0x00, offset), [dropped]),
} as const;

export const zeros: Code = [...simd(12), ...Array<number>(16).fill(0)];
/** The same value four times. */
export function floats(value: number): Code {
  const bytes = [...new Uint8Array(Float32Array.of(value).buffer)];
  return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
}
/** The bits of a whole number, as a float's. */
export const splatBits = (value: Code): Code => joined(value, simd(0x11));

const unary = (opcode: number) => (a: Code) => joined(a, simd(opcode));
const binary = (opcode: number) => (a: Code, b: Code) => joined(a, b, simd(opcode));
/** The sizes with the signs of others; none of them is negative. */
export const withSigns = (sizes: Code, signs: Code): Code => joined(sizes, signs, floats(-0), simd(0x4e), simd(0x50));

/** Of four floats at a time. */
export const fours = {
  add: binary(0xe4),
  subtract: binary(0xe5),
  multiply: binary(0xe6),
  divide: binary(0xe7),
  least: binary(0xe8),
  greatest: binary(0xe9),
  absolute: unary(0xe0),
  root: unary(0xe3),
  nearest: unary(0x6a),
  /** 2ⁿ of whole numbers n, −126 … 127: the float whose exponent has these bits. */
  powerOfTwo: (n: Code): Code =>
    joined(
      n,
      simd(0xf8),
      simd(12),
      [127, 0, 0, 0, 127, 0, 0, 0, 127, 0, 0, 0, 127, 0, 0, 0],
      simd(0xae),
      [0x41, 23],
      simd(0xab),
    ),
} as const;
/** Four values out of eight, by their places: 0 … 3 of a, 4 … 7 of b. */
export const shuffle = (a: Code, b: Code, places: readonly [number, number, number, number]): Code =>
  joined(
    a,
    b,
    simd(13),
    places.flatMap((place) => [0, 1, 2, 3].map((byte) => 4 * place + byte)),
  );

export interface WasmFunction {
  /** Their number, all i32; they are the first locals. */
  readonly parameters: number;
  /** Further ones, after them. */
  readonly integers: number;
  /** Vectors, after these. */
  readonly vectors: number;
  readonly body: readonly Code[];
}

/**
 * A module that exports the functions by their names and imports the memory `on.memory`.
 * @param isShared whether that is shared among threads
 */
export function assemble(
  functions: Readonly<Record<string, WasmFunction>>,
  isShared: boolean,
): Uint8Array<ArrayBuffer> {
  const sized = (content: Code) => [...leb(content.length), ...content];
  const section = (id: number, content: Code) => [id, ...sized(content)];
  const list = (items: readonly Code[]) => [...leb(items.length), ...items.flat()];
  const name = (text: string) => sized([...new TextEncoder().encode(text)]);
  const all = Object.entries(functions);
  const types = all.map(([, { parameters }]) => [0x60, ...list(Array(parameters).fill([i32])), 0]);
  // A shared memory's largest size is part of its type: 4 GB, as tfjs has it.
  const limits = isShared ? [3, 0, ...leb(65536)] : [0, 0];
  const bodies = all.map(([, { integers, vectors, body }]) => {
    const locals = list([
      [...leb(integers), i32],
      [...leb(vectors), v128],
    ]);
    return sized([...locals, ...body.flat(), end]);
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...name('on'), ...name('memory'), 2, ...limits]])),
    ...section(3, list(all.map((_, i) => leb(i)))),
    ...section(7, list(all.map(([key], i) => [...name(key), 0, ...leb(i)]))),
    ...section(10, list(bodies)),
  ]);
}
