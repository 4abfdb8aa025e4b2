/**
 * The wire format of Protocol Buffers, as far as ONNX needs it. Written here because a protobuf library would join the
 * whole file into one array: weights of hundreds of megabytes stay where they are, as parts of a Blob.
 */

/** The value behind a field's key: a number, or a length and as many bytes. */
export const [varintType, lengthType] = [0, 2] as const;
const fixed32Type = 5;

function varintBytes(value: bigint): number[] {
  // Negative numbers are written as the 64-bit two's complement.
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

/** A message under construction: fields in the order they are added, bytes never copied. */
export class Message {
  readonly parts: Uint8Array<ArrayBuffer>[] = [];
  size = 0;

  #push(part: Uint8Array<ArrayBuffer>): void {
    this.parts.push(part);
    this.size += part.length;
  }

  #key(field: number, type: number): void {
    this.#push(Uint8Array.from(varintBytes(BigInt((field << 3) | type))));
  }

  int(field: number, value: number): this {
    this.#key(field, varintType);
    this.#push(Uint8Array.from(varintBytes(BigInt(value))));
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, fixed32Type);
    this.#push(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array<ArrayBuffer>): this {
    this.#key(field, lengthType);
    this.#push(Uint8Array.from(varintBytes(BigInt(value.length))));
    this.#push(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    this.#key(field, lengthType);
    this.#push(Uint8Array.from(varintBytes(BigInt(value.size))));
    for (const part of value.parts) this.#push(part);
    return this;
  }
}
