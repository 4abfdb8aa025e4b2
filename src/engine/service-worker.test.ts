/** The service worker on caches and a host in memory: updates, pages of two versions, and files that are opened by themselves. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let scope = 'https://host.test/some/path/';
const assets = { one: ['assets/page-11111111.js', 'assets/late-11111111.js'], two: ['assets/page-22222222.js'] };

/** The host's answers: texts by address. */
let host: Map<string, string>;
let isOnline: boolean;
/** Settles when the host answers. */
let hostAnswers: Promise<void>;
const fetched: Request[] = [];

const addressOf = (request: Request | URL | string): string =>
  request instanceof Request ? request.url : new URL(request, scope).href;

async function fetchFromHost(given: Request | string): Promise<Response> {
  const request = given instanceof Request ? given : new Request(addressOf(given));
  fetched.push(request);
  await hostAnswers;
  if (!isOnline) throw new TypeError('Failed to fetch');
  const text = host.get(request.url.replace(/[?#].*$/, ''));
  return text === undefined ? new Response('', { status: 404 }) : new Response(text);
}

class MemoryCache {
  readonly kept = new Map<string, Response>();
  async match(request: Request | string) {
    return this.kept.get(addressOf(request))?.clone();
  }
  async put(request: Request | string, response: Response) {
    this.kept.set(addressOf(request), response);
  }
  async addAll(requests: (Request | string)[]) {
    const responses = await Promise.all(requests.map((request) => fetchFromHost(request)));
    if (responses.some(({ ok }) => !ok)) throw new TypeError('Request failed');
    for (const [i, response] of responses.entries()) await this.put(requests[i] as string, response);
  }
}

let caches: Map<string, MemoryCache>;
const storage = {
  async open(name: string) {
    const cache = caches.get(name) ?? new MemoryCache();
    caches.set(name, cache);
    return cache;
  },
  has: async (name: string) => caches.has(name),
  keys: async () => [...caches.keys()],
  delete: async (name: string) => caches.delete(name),
  async match(request: Request) {
    for (const cache of caches.values()) {
      const found = await cache.match(request);
      if (found) return found;
    }
    return undefined;
  },
};

type Listener = (event: object) => void;

let loaded = 0;

/** The worker of a version, as the browser runs it. */
class Version {
  readonly #listeners = new Map<string, Listener>();

  static async load(version: string, files: readonly string[]): Promise<Version> {
    const worker = new Version();
    vi.stubGlobal('self', {
      registration: { scope },
      clients: { claim: async () => {} },
      skipWaiting: async () => {},
      addEventListener: (type: string, listener: Listener) => worker.#listeners.set(type, listener),
    });
    vi.stubGlobal('offlineFiles', files);
    vi.stubGlobal('offlineVersion', version);
    vi.stubGlobal('offlinePolicy', 'default-src self');
    // Another module each time.
    const address = `./service-worker.ts?${++loaded}`;
    await import(/* @vite-ignore */ address);
    return worker;
  }

  async tell(type: 'install' | 'activate'): Promise<void> {
    let work: Promise<void> = Promise.resolve();
    this.#listeners.get(type)?.({
      waitUntil(promise: Promise<void>) {
        work = promise;
      },
    });
    await work;
  }

  /** The text of an answer. */
  async get(path: string, mode: 'navigate' | 'cors' = 'cors'): Promise<string> {
    const request = new Request(new URL(path, scope));
    Object.defineProperty(request, 'mode', { value: mode });
    return (await this.answer(request)).text();
  }

  async share(...names: string[]): Promise<void> {
    const form = new FormData();
    for (const name of names) form.append('images', new File([name], name, { type: 'image/png' }));
    await this.answer(new Request(new URL('share', scope), { method: 'POST', body: form }));
  }

  async answer(request: Request): Promise<Response> {
    let answer: Promise<Response> | null = null;
    this.#listeners.get('fetch')?.({
      request,
      respondWith(promise: Promise<Response>) {
        answer = promise;
      },
    });
    return answer as unknown as Promise<Response>;
  }
}

function publish(version: string, files: readonly string[]): void {
  host = new Map(
    [['', `page ${version}`], ...files.map((file) => [file, file] as const)].map(([path, text]) => [
      addressOf(path as string),
      text as string,
    ]),
  );
}

async function installed(version: string, files: readonly string[]): Promise<Version> {
  const worker = await Version.load(version, files);
  await worker.tell('install');
  await worker.tell('activate');
  return worker;
}

beforeEach(() => {
  [caches, isOnline, hostAnswers] = [new Map(), true, Promise.resolve()];
  vi.stubGlobal('caches', storage);
  vi.stubGlobal('fetch', fetchFromHost);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the service worker', () => {
  it('keeps the page when a file is opened by itself', async () => {
    publish('one', assets.one);
    host.set(addressOf('samples/ATTRIBUTION.md'), 'Attribution');
    const worker = await installed('one', assets.one);
    expect(await worker.get('samples/ATTRIBUTION.md', 'navigate')).toBe('Attribution');
    expect(await worker.get('?a#b', 'navigate')).toBe('page one');
    isOnline = false;
    for (const path of ['', 'index.html', '?a#b']) expect(await worker.get(path, 'navigate')).toBe('page one');
    expect(await worker.get('samples/ATTRIBUTION.md', 'navigate')).toBe('Attribution');
    await expect(worker.get('samples/other.md', 'navigate')).rejects.toThrow('Failed to fetch');
  });

  it('has what a page of the version before loads late, and nothing older', async () => {
    publish('one', assets.one);
    await installed('one', assets.one);
    publish('two', assets.two);
    const two = await installed('two', assets.two);
    expect(await two.get('assets/late-11111111.js')).toBe('assets/late-11111111.js');
    publish('three', []);
    const three = await installed('three', []);
    expect([...caches.keys()]).toEqual(['cosr /some/path/ two', 'cosr /some/path/ three']);
    isOnline = false;
    expect(await three.get('', 'navigate')).toBe('page three');
  });

  it('asks the host for the newest of all files whose names stay', async () => {
    publish('one', ['icon.svg', ...assets.one]);
    fetched.length = 0;
    await installed('one', ['icon.svg', ...assets.one]);
    const cacheOf = (path: string) => fetched.find(({ url }) => url === addressOf(path))?.cache;
    expect(['', 'icon.svg', ...assets.one].map(cacheOf)).toEqual(['no-cache', 'no-cache', 'default', 'default']);
  });

  it('leaves nothing of an update that fails', async () => {
    publish('one', assets.one);
    const one = await installed('one', assets.one);
    const failing = await Version.load('two', [...assets.two, 'gone.svg']);
    await expect(failing.tell('install')).rejects.toThrow('Request failed');
    expect([...caches.keys()]).toEqual(['cosr /some/path/ one']);
    isOnline = false;
    expect(await one.get('', 'navigate')).toBe('page one');
  });

  it('leaves the files of other copies of the page below the same host', async () => {
    publish('one', assets.one);
    await installed('one', assets.one);
    const [mine, others] = [scope, `${scope}other/`];
    try {
      scope = others;
      for (const version of ['two', 'three', 'four']) {
        publish(version, []);
        await installed(version, []);
      }
    } finally {
      scope = mine;
    }
    expect([...caches.keys()]).toEqual([
      'cosr /some/path/ one',
      'cosr /some/path/other/ three',
      'cosr /some/path/other/ four',
    ]);
  });

  it('answers with what it has where the host takes long, and keeps what comes then', async () => {
    publish('one', []);
    const worker = await installed('one', []);
    publish('two', []);
    vi.useFakeTimers();
    let release = () => {};
    hostAnswers = new Promise((resolve) => {
      release = resolve;
    });
    const [page, file] = [worker.get('', 'navigate'), worker.get('new.svg')];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await page).toBe('page one');
    host.set(addressOf('new.svg'), 'new');
    release();
    expect(await file).toBe('new');
    await vi.runAllTimersAsync();
    isOnline = false;
    expect(await worker.get('', 'navigate')).toBe('page two');
  });

  it('keeps what is shared until it is read, and what is shared after that too', async () => {
    publish('one', []);
    const worker = await installed('one', []);
    await worker.share('a.png', 'b.png');
    await worker.share('c.png');
    const kept = [...(caches.get('cosr /some/path/ shared')?.kept.values() ?? [])];
    expect(await Promise.all(kept.map((response) => response.clone().text()))).toEqual(['a.png', 'b.png', 'c.png']);
  });

  it('answers from the host where nothing can be kept or found', async () => {
    publish('one', assets.one);
    const worker = await installed('one', assets.one);
    vi.stubGlobal('caches', { ...storage, open: () => Promise.reject(new Error('The disk is full.')) });
    expect(await worker.get('', 'navigate')).toBe('page one');
    isOnline = false;
    await expect(worker.get('', 'navigate')).rejects.toThrow('Failed to fetch');
  });
});
