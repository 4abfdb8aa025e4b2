/**
 * The two 16-bit float formats weights are stored in: IEEE 754 binary16 ("F16") and bfloat16 ("BF16", the upper half of
 * a binary32). Everything works on bit patterns, so subnormals, signed zeros, infinities and NaN payloads survive.
 */

let halfTable: Uint32Array | undefined;

/** Binary32 bit pattern of each of the 65,536 binary16 patterns. */
function halfBits(): Uint32Array {
  if (halfTable) return halfTable;
  const table = new Uint32Array(1 << 16);
  for (let half = 0; half < table.length; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) {
      table[half] = sign | 0x7f800000 | (fraction << 13);
    } else if (exponent !== 0) {
      table[half] = sign | ((exponent + 112) << 23) | (fraction << 13);
    } else if (fraction === 0) {
      table[half] = sign;
    } else {
      // Subnormal, fraction · 2⁻²⁴: binary32 has room to write it as a normal number.
      const top = 31 - Math.clz32(fraction);
      table[half] = sign | ((top + 103) << 23) | ((fraction << (23 - top)) & 0x7fffff);
    }
  }
  halfTable = table;
  return table;
}

/** Binary16 bit patterns to numbers, exactly. */
export function halfToFloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const table = halfBits();
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]];
  return new Float32Array(out.buffer);
}

/** bfloat16 bit patterns to numbers, exactly. */
export function bfloatToFloat(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] << 16;
  return new Float32Array(out.buffer);
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function roundToHalf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // 2⁻¹⁴ and up. A carry out of the fraction raises the exponent, at the top end to infinity, as it should.
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (rest > tie || (rest === tie && kept & 1) ? kept + 1 : kept);
}

/** Numbers to binary16 bit patterns, rounded to nearest, ties to even; beyond ±65,520 they become infinite. */
export function floatToHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = bitsOf(values);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = roundToHalf(bits[i]);
  return out;
}

/** Numbers to bfloat16 bit patterns, rounded to nearest, ties to even. */
export function floatToBfloat(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = bitsOf(values);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const single = bits[i];
    const notANumber = (single & 0x7fffffff) > 0x7f800000;
    // A NaN whose payload sits in the low bits only would be rounded to infinity: keep it quiet instead.
    out[i] = notANumber ? (single >>> 16) | 0x40 : (single + 0x7fff + ((single >>> 16) & 1)) >>> 16;
  }
  return out;
}
