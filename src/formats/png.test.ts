import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from './png.ts';

describe('inflate', () => {
  const whole = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);
  const packed = new Uint8Array(deflateSync(whole));

  it('unpacks no more than is wanted, whatever the stream would give', async () => {
    const bomb = new Uint8Array(deflateSync(new Uint8Array(2 ** 26)));
    expect((await inflate([bomb], 1000)).length).toBe(1000);
    expect(await inflate([packed], 7_000)).toEqual(whole.subarray(0, 7_000));
  });

  it('gives all there is where that is less, and reads a whole stream to its checksum', async () => {
    const parts = [packed.slice(0, 99), packed.slice(99)];
    expect(await inflate(parts, 2 ** 20)).toEqual(whole);
    expect(await inflate(parts, whole.length)).toEqual(whole);
    const broken = packed.with(-1, (packed.at(-1) ?? 0) ^ 1);
    await expect(inflate([broken], whole.length)).rejects.toThrow('damaged');
    await expect(inflate([packed.slice(0, -9)], whole.length)).rejects.toThrow('damaged');
  });
});
