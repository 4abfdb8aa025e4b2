/**
 * Numbers that two programs make alike without sharing a file: every parameter and input of the golden files is a hash of
 * its name and index (tests/golden/README.md).
 */
import { fnv1a32 } from '../../src/imaging/random.ts';

/** `count` values offset ± scale, uniform. */
export function uniform(name: string, count: number, scale: number, offset = 0): Float32Array {
  const seed = fnv1a32(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = i ^ seed;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    values[i] = (((h >>> 0) / 2 ** 32) * 2 - 1) * scale + offset;
  }
  return values;
}

/** A network parameter in PyTorch layout; scale and offset follow from what kind of parameter the name says it is. */
export function hashedParameter(salt: string, name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, n) => product * n, 1);
  const full = `${salt}/${name}`;
  if (name.includes('relative_position_bias_table')) return uniform(full, count, 0.5);
  if (name.includes('embedding')) return uniform(full, count, 1);
  if (shape.length > 1) return uniform(full, count, Math.sqrt(3 / (count / shape[0])));
  return name.endsWith('weight') ? uniform(full, count, 0.3, 1) : uniform(full, count, 0.2);
}
