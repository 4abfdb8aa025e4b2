/** The bytes of a pickle, taken from front to back; nothing is ever taken beyond their end. */
import { FormatError } from './errors.ts';

const longestName = 200;

export const damaged = (what: string) =>
  new FormatError(`The checkpoint's pickle is damaged: ${what}; download it again.`);

export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte = () => this.#view.getUint8(this.#take(1));
  uint16 = () => this.#view.getUint16(this.#take(2), true);
  int32 = () => this.#view.getInt32(this.#take(4), true);
  uint32 = () => this.#view.getUint32(this.#take(4), true);
  float64 = () => this.#view.getFloat64(this.#take(8), false);

  slice(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** @param count bytes of UTF-8 */
  text(count: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.slice(count));
    } catch (error) {
      throw error instanceof FormatError ? error : damaged('a text in it is not UTF-8');
    }
  }

  /** A name, up to the end of its line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0 || end - this.#at > longestName) throw damaged('a name in it has no end');
    const text = this.text(end - this.#at);
    this.#take(1);
    return text;
  }

  /** A signed integer of any length, least byte first. */
  long(count: number): number | bigint {
    const bytes = this.slice(count);
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    const signed = BigInt.asIntN(8 * bytes.length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw damaged('it ends too early');
    this.#at = at + count;
    return at;
  }
}
