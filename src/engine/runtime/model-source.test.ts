/** Weights over real HTTP: progress, the checks, and the cache. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import type { ManifestFile } from '../../presets/manifest.ts';
import { httpModelSource } from './model-source.ts';

const model = await tinyModel();
const entry = model.manifest.files[0];
let server: Server;
let address: string;
let requests: string[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const name = request.url?.split('/').pop() ?? '';
    requests.push(name);
    const file = model.files.get(name);
    if (!file) return response.writeHead(404).end();
    response.end(new Uint8Array(await file.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

function source(kept = new Map<string, Blob>()) {
  requests = [];
  return httpModelSource(address, {
    get: async (key) => kept.get(key) ?? null,
    put: async (key, file) => {
      kept.set(key, file);
    },
  });
}

describe('httpModelSource', () => {
  it('downloads with progress up to the announced size, and only once', async () => {
    const kept = new Map<string, Blob>();
    const progress: number[] = [];
    const file = await source(kept).file(entry, (loaded) => progress.push(loaded));
    expect(file.size).toBe(entry.bytes);
    expect(progress.at(-1)).toBe(entry.bytes);
    const cached: boolean[] = [];
    await source(kept).file(entry, (_, fromCache) => cached.push(fromCache));
    expect([cached, requests]).toEqual([[true], []]);
  });

  it('loads anew when the cached file was damaged', async () => {
    const damaged = new Map([[entry.sha256, new Blob([new Uint8Array(entry.bytes)])]]);
    await source(damaged).file(entry, () => {});
    expect(requests).toEqual([entry.name]);
  });

  it.each([
    ['another hash', { sha256: '0'.repeat(64) }, /differs from its manifest/],
    ['another size', { bytes: entry.bytes + 1 }, /differs from its manifest/],
    ['more than announced', { bytes: entry.bytes - 1 }, /larger than its manifest says/],
    ['a missing file', { name: 'gone.safetensors' }, /can't be loaded \(404\)/],
  ])('says so about %s', async (_, change, message) => {
    await expect(source().file({ ...entry, ...change } as ManifestFile, () => {})).rejects.toThrow(message);
  });

  it('checks files also at an address where browsers compute no digest', async () => {
    vi.stubGlobal('crypto', {});
    expect((await source().file(entry, () => {})).size).toBe(entry.bytes);
    const wrong = { ...entry, sha256: '0'.repeat(64) };
    await expect(source().file(wrong, () => {})).rejects.toThrow(/differs from its manifest/);
    vi.unstubAllGlobals();
  });

  it('says when there is no manifest', async () => {
    await expect(source().manifest()).rejects.toThrow(/No weights/);
  });

  it('says what to do without a network, and not “Failed to fetch”', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const message = 'can’t be loaded: check the connection, then try again.';
    await expect(source().manifest()).rejects.toThrow(`manifest.json ${message}`);
    await expect(source().file(entry, () => {})).rejects.toThrow(`${entry.name} ${message}`);
    vi.unstubAllGlobals();
  });
});
