/**
 * Images that are gone from the screen while Undo can still bring them back. Their ids are kept in localStorage: where the page goes
 * before Undo does, in a crash or a reload, they stay removed.
 */
import type { StoreApi } from 'zustand/vanilla';
import type { EngineClient } from './client.ts';
import { hide } from './queue.ts';
import type { AppState } from './state.ts';

const key = 'cosr.removed';
/** Ids of a queue; what is stored may be foreign. */
const most = 10_000;

function load(storage: () => Pick<Storage, 'getItem'>): string[] {
  try {
    const stored: unknown = JSON.parse(storage().getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, most) : [];
  } catch {
    return [];
  }
}

function save(storage: () => Pick<Storage, 'setItem'>, ids: readonly string[]): void {
  try {
    storage().setItem(key, JSON.stringify(ids));
  } catch {
    // Where nothing is kept, they come back.
  }
}

/** Removes for good what Undo no longer offers: the notice has gone, or the page it was on. */
export function finishRemovals(
  store: StoreApi<AppState>,
  engine: EngineClient,
  storage: () => Pick<Storage, 'getItem' | 'setItem'>,
): void {
  const left = load(storage);
  store.setState(({ queue }) => ({ queue: hide(queue, left) }));
  engine.listen((event) => {
    // Not before the engine has read the queue, into which it would put them again.
    if (event.type === 'restored') for (const id of left.splice(0)) engine.send({ type: 'remove', id });
  });
  store.subscribe((state, before) => {
    if (state.queue.hidden !== before.queue.hidden) save(storage, state.queue.hidden);
    for (const { id, undo } of before.notices.list) {
      if (!undo || state.notices.list.some((notice) => notice.id === id)) continue;
      for (const image of undo) if (state.queue.hidden.includes(image)) engine.send({ type: 'remove', id: image });
    }
  });
}
