import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256, sha256InPieces } from './bytes.ts';

const bytes = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 7919) % 251);
const reference = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describe('Sha256', () => {
  it.each([0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_000])('of %i bytes', (count) => {
    expect(new Sha256().update(bytes(count)).hex()).toBe(reference(bytes(count)));
  });

  it('of pieces of any size is that of the whole', () => {
    const data = bytes(5000);
    for (const piece of [1, 3, 63, 64, 65, 700]) {
      const hash = new Sha256();
      for (let at = 0; at < data.length; at += piece) hash.update(data.subarray(at, at + piece));
      expect(hash.hex()).toBe(reference(data));
    }
  });

  it('of a file', async () => {
    const data = bytes(9 * 2 ** 20);
    expect(await sha256InPieces(new Blob([data]))).toBe(reference(data));
  });
});
