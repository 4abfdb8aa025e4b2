/** LDR-FLIP against its reference, PyPI's flip-evaluator: tests/golden/flip.safetensors (scripts/flip-golden.py). */
import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../../../tests/support/test-images.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import type { Rgba8 } from '../image.ts';
import { flip } from './flip.ts';

const path = fileURLToPath(new URL('../../../tests/golden/flip.safetensors', import.meta.url));
const golden = await openSafetensors(await openAsBlob(path));
const means: Readonly<Record<string, number>> = JSON.parse(golden.metadata.means ?? '{}');

async function picture(name: string): Promise<Rgba8> {
  const [height = 0, width = 0] = golden.entries.get(name)?.shape ?? [];
  const rgb = await golden.readRaw(name);
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : Number(rgb[(i >> 2) * 3 + (i % 4)]),
  );
  return { width, height, data };
}

describe('flip', () => {
  it.each(['blur', 'jpeg', 'noise', 'tint', 'other'])('is the reference’s on the pair "%s"', async (name) => {
    const { map, mean } = flip(await picture(`${name}.reference`), await picture(`${name}.test`));
    expect(largestDifference(map, await golden.readFloat32(`${name}.map`))).toBeLessThan(1e-3);
    expect(Math.abs(mean - (means[name] ?? Number.NaN))).toBeLessThan(1e-3);
  });

  it('is nothing for equal pictures, and 0 … 1 for black and white', async () => {
    const same = await picture('other.test');
    expect(flip(same, same).mean).toBe(0);
    const flat = (value: number): Rgba8 => ({ width: 8, height: 8, data: new Uint8ClampedArray(256).fill(value) });
    const { mean } = flip(flat(0), flat(255));
    expect(mean).toBeGreaterThan(0.9);
    expect(mean).toBeLessThanOrEqual(1);
  });

  it('refuses pictures of two sizes', async () => {
    const same = await picture('other.test');
    expect(() => flip(same, { width: 1, height: 1, data: new Uint8ClampedArray(4) })).toThrow(/can't be compared/);
  });
});
