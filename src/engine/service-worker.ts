/**
 * The page without a network, from its second visit on, and on hosts that send no headers: it answers with the newest version that
 * can be reached, else with the last one, and adds the headers by which the page is cross-origin isolated. Pictures that other
 * programs share with the page pass through it.
 */

/** Put in by the build (vite.config.ts): the files of this version, its number, and the page's policy. */
declare const offlineFiles: readonly string[];
declare const offlineVersion: string;
declare const offlinePolicy: string;

const scope = self as unknown as ServiceWorkerGlobalScope;
/** Caches belong to the whole origin, where other copies of the page may stand below other paths. */
const prefix = `cosr ${new URL(scope.registration.scope).pathname} `;
const cacheName = `${prefix}${offlineVersion}`;
/** Read by the page (src/app/offline.ts). */
const sharedName = `${prefix}shared`;
/** A network that takes longer is as good as none, where there is something kept. */
const patienceMilliseconds = 4000;

const isolation: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy': offlinePolicy,
};

const relative = (url: string): string => url.slice(scope.registration.scope.length).replace(/[?#].*$/, '');

/** A build's own files have their content's hash in their name: they never change. */
const isHashed = (path: string): boolean => /^assets\/.+-[\w-]{8}\.\w+$/.test(path);

/** Weights are kept by the engine itself, by their hash. */
const isWeights = (path: string): boolean => /\.(safetensors|bin|onnx)$/.test(path);

/** With the headers that workers and pages need, whatever the host sends. */
function isolated(response: Response): Response {
  if (!response.ok || response.type === 'opaque') return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolation)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const path = relative(request.url);
  // The page's address says nothing but its hash, which stays with it. Other addresses that are opened are files, as a licence.
  const isPage = request.mode === 'navigate' && ['', 'index.html'].includes(path);
  const key = isPage ? './' : request;
  if (isHashed(path)) {
    // A page of the version before that is open still, or was kept by the browser, finds its own as well.
    const kept = await caches.match(request, { ignoreVary: true });
    if (kept) return isolated(kept);
  }
  const fromHost = fetch(request).then((response) => {
    if (response.ok && response.status !== 206 && !isWeights(path))
      void cache.put(key, response.clone()).catch(() => {});
    return response;
  });
  const keptInTime = async () => {
    await new Promise((resolve) => setTimeout(resolve, patienceMilliseconds));
    // Without anything kept there is nothing but to wait.
    return (await cache.match(key, { ignoreVary: true })) ?? fromHost;
  };
  try {
    return isolated(await Promise.race([fromHost, keptInTime()]));
  } catch (error) {
    const kept = await cache.match(key, { ignoreVary: true });
    if (kept) return isolated(kept);
    throw error;
  }
}

/** Keeps what another program shares for the page, which opens next. */
async function takeShared(request: Request): Promise<Response> {
  const form = await request.formData();
  const cache = await caches.open(sharedName);
  const files = form.getAll('images').filter((entry) => entry instanceof File);
  for (const file of files) {
    const headers = { 'Content-Type': file.type, 'X-Name': encodeURIComponent(file.name) };
    // No name of before: the page may not have read those yet.
    await cache.put(`shared/${crypto.randomUUID()}`, new Response(file, { headers }));
  }
  return Response.redirect(new URL('./#/upscale', scope.registration.scope).href, 303);
}

/** As the host has it: what the browser has kept of that name may be of the version before. */
const newest = (path: string): Request | string =>
  isHashed(path) ? path : new Request(new URL(path, scope.registration.scope), { cache: 'no-cache' });

scope.addEventListener('install', (event) => {
  const keep = async () => {
    const isNew = !(await caches.has(cacheName));
    const cache = await caches.open(cacheName);
    try {
      await cache.addAll(['./', ...offlineFiles].map(newest));
    } catch (error) {
      // Empty, it would pass for the version before.
      if (isNew) await caches.delete(cacheName);
      throw error;
    }
    await scope.skipWaiting();
  };
  event.waitUntil(keep());
});

scope.addEventListener('activate', (event) => {
  const begin = async () => {
    const others = (await caches.keys()).filter(
      (name) => name.startsWith(prefix) && ![cacheName, sharedName].includes(name),
    );
    // The one before stays, for pages of that version that are open: they have not loaded all of it.
    await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
    await scope.clients.claim();
  };
  event.waitUntil(begin());
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (!request.url.startsWith(scope.registration.scope)) return;
  if (request.method === 'POST' && relative(request.url) === 'share') event.respondWith(takeShared(request));
  else if (request.method === 'GET')
    // Without what is kept, as on a full disk, the page works online.
    event.respondWith(answer(request).catch(async () => isolated(await fetch(request))));
});
