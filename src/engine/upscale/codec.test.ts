import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../../tests/support/encode-png.ts';
import { decodeBitmap } from './codec.ts';

afterEach(() => vi.unstubAllGlobals());

describe('decodeBitmap', () => {
  it('refuses a picture that is larger than its header said', async () => {
    vi.stubGlobal('createImageBitmap', async () => ({ width: 4097, height: 1 }));
    const file = encodePng({ width: 2, height: 2, kind: 'grey', depth: 8, sample: () => 9 });
    await expect(decodeBitmap(new Blob([new Uint8Array(file)]))).rejects.toThrow('4,097 × 1 px');
  });
});
