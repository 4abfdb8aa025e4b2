import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { directoryModelSource } from './model-directory.ts';

describe('weights on disk', () => {
  it('that the manifest names and nobody has are missing, in one sentence', async () => {
    const entry = { name: 'absent.safetensors', bytes: 1, sha256: '' };
    const file = directoryModelSource(tmpdir()).file(entry, () => {});
    await expect(file).rejects.toThrow(/absent\.safetensors: named in the manifest, but missing/);
  });
});
