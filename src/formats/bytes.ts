/** Bytes of files: reading a part, the checksum of zip and PNG, SHA-256 of files of any size, and base64. */
import { FormatError } from './errors.ts';

/**
 * Part of a file, read now.
 * @throws FormatError when the file went away or changed since it was chosen
 */
export async function readBytes(source: Blob, begin: number, end: number): Promise<ArrayBuffer> {
  let buffer: ArrayBuffer;
  try {
    buffer = await source.slice(begin, end).arrayBuffer();
  } catch {
    throw new FormatError('The file can no longer be read: it was moved, changed or deleted.');
  }
  if (buffer.byteLength !== end - begin) throw new FormatError('The file is shorter than it was when it was opened.');
  return buffer;
}

let crcTable: Uint32Array | undefined;

function crcEntries(): Uint32Array {
  if (crcTable) return crcTable;
  crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  return crcTable;
}

/** CRC-32, reflected, polynomial 0xEDB88320. @param before of the bytes that come before these, for a file in parts */
export function crc32(bytes: Uint8Array, before = 0): number {
  const values = crcEntries();
  let crc = before ^ 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ values[(crc ^ bytes[i]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

/*
 * SHA-256 (FIPS 180-4) of data that comes in pieces. Browsers' own digest wants all of it at once, and exists on secure
 * pages only; a file of weights may have hundreds of megabytes.
 */

const blockBytes = 64;

/** The first 32 bits of the fractional part of a number's root. */
const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32);

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

const roundConstants = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
const rotate = (x: number, by: number) => (x >>> by) | (x << (32 - by));

export class Sha256 {
  readonly #state = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
  readonly #words = new Int32Array(64);
  readonly #rest = new Uint8Array(blockBytes);
  #filled = 0;
  #bytes = 0;

  update(data: Uint8Array): this {
    this.#bytes += data.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(blockBytes - this.#filled, data.length);
      this.#rest.set(data.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < blockBytes) return this;
      this.#block(this.#rest, 0);
    }
    for (; at + blockBytes <= data.length; at += blockBytes) this.#block(data, at);
    this.#rest.set(data.subarray(at));
    this.#filled = data.length - at;
    return this;
  }

  /** Lower-case hexadecimal; ends the computation. */
  hex(): string {
    const length = this.#bytes;
    // A one bit, zeros, and the length in the last 8 bytes of a block.
    const padding = new Uint8Array(blockBytes + 8 - ((length + 8) % blockBytes));
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(length) * 8n, false);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #block(data: Uint8Array, at: number): void {
    const w = this.#words;
    for (let i = 0; i < 16; i++) {
      const from = at + 4 * i;
      w[i] = (data[from] << 24) | (data[from + 1] << 16) | (data[from + 2] << 8) | data[from + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    // One by one: taking a list apart costs more than the block's arithmetic.
    const state = this.#state;
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i] + w[i]) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

const pieceBytes = 4 * 2 ** 20;

/** Of a file, a few megabytes of it in memory at a time. */
export async function sha256InPieces(file: Blob): Promise<string> {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += pieceBytes) {
    hash.update(new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer()));
  }
  return hash.hex();
}

/** Bytes that are encoded in one call: a multiple of 3, few enough to be arguments. */
const group = 3 * 4096;

/** The bytes as base64, with padding. */
export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += group) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + group))));
  }
  return parts.join('');
}

/** Bytes of base64 in ASCII. @throws FormatError when it is none */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new FormatError('The file is damaged, for a part of it is no base64: save it again.');
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
