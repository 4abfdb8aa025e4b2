/** The page installed on a device: its service worker, and the pictures that the system or other programs open with it. */

import { isActive, stateOf } from '../store/queue.ts';
import type { AppState } from '../store/state.ts';
import type { AppModel } from '../store/store.ts';

/** As the service worker names it. */
const sharedName = `cosr ${new URL('./', location.href).pathname} shared`;
const reloaded = 'cosr.isolated';

/** Files that were shared with the page, once. */
async function sharedFiles(): Promise<File[]> {
  if (!('caches' in window) || !(await caches.has(sharedName))) return [];
  const cache = await caches.open(sharedName);
  const files = (await cache.keys()).map(async (request) => {
    const response = await cache.match(request);
    const name = decodeURIComponent(response?.headers.get('X-Name') ?? 'shared');
    const blob = (await response?.blob()) ?? new Blob();
    // That alone: more may have come meanwhile.
    await cache.delete(request);
    return new File([blob], name, { type: blob.type });
  });
  return Promise.all(files);
}

interface LaunchQueue {
  setConsumer(consumer: (launch: { readonly files: readonly FileSystemFileHandle[] }) => void): void;
}

/** @param take gets the files that the page was opened with */
export function takeOpenedFiles(take: (files: readonly File[]) => void): void {
  void sharedFiles().then((files) => files.length > 0 && take(files));
  const { launchQueue } = window as { readonly launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files }) => {
    if (files.length > 0) void Promise.all(files.map((handle) => handle.getFile())).then(take);
  });
}

/**
 * On a host that sends no headers the page is isolated only once the worker answers for it: one reload, before anything was done.
 */
function reloadIsolated(): void {
  if (window.crossOriginIsolated || navigator.userActivation?.hasBeenActive) return;
  try {
    if (sessionStorage.getItem(reloaded)) return;
    sessionStorage.setItem(reloaded, 'yes');
  } catch {
    // Without storage it might reload for ever.
    return;
  }
  location.reload();
}

/** The engine has timed a tile, so that no first picture waits for anything, and nothing is under way. */
function isIdle({ engine, queue }: AppState): boolean {
  if (engine.phase === 'failed') return true;
  const isBusy = queue.reading.length > 0 || queue.order.some((id) => isActive(stateOf(queue, id)));
  return engine.ready !== null && engine.ready.msPerTile !== null && !isBusy;
}

/** It is not longer than this that a page in use goes without a service worker. */
const latestMilliseconds = 60_000;

function whenIdle({ getState, subscribe }: AppModel['store'], then: () => void): void {
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    stop();
    then();
  };
  const stop = subscribe((state) => isIdle(state) && end());
  setTimeout(end, latestMilliseconds);
  if (isIdle(getState())) end();
}

/**
 * In a build alone; a browser that a program drives has to ask for it, so that tests see each version as it is. The worker loads
 * the whole app, which would slow a first picture down: it comes after that, unless the page needs it to be isolated.
 */
export function serveOffline({ store }: AppModel): void {
  const isAsked = new URLSearchParams(location.search).has('offline');
  if (import.meta.env.DEV || !('serviceWorker' in navigator) || (navigator.webdriver && !isAsked)) return;
  navigator.serviceWorker.addEventListener('controllerchange', reloadIsolated);
  const register = () =>
    void navigator.serviceWorker.register('./sw.js').catch(() => {
      // An insecure address or blocked storage: the page works as long as it is online.
    });
  if (window.crossOriginIsolated) whenIdle(store, register);
  else register();
}
