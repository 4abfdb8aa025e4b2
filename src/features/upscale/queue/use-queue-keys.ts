import type { KeyboardEvent } from 'react';
import { useApp } from '../../../store/context.ts';
import { isActive, visibleIds } from '../../../store/queue.ts';

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function focusRow(list: Element, id: string | undefined): void {
  if (id !== undefined) list.querySelector<HTMLElement>(`[data-queue-item="${id}"]`)?.focus();
}

/** Keys of the list: arrows and Home/End move and show, Delete removes, Shift+Enter runs or cancels. */
export function useQueueKeys(): (event: KeyboardEvent<HTMLElement>) => void {
  const { store, actions } = useApp();
  return (event) => {
    const list = event.currentTarget;
    const id = event.target instanceof HTMLElement ? event.target.dataset.queueItem : undefined;
    if (id === undefined) return;
    const { queue } = store.getState();
    const ids = visibleIds(queue);
    const place = ids.indexOf(id);
    const step = steps[event.key];
    let goal: string | undefined;
    if (step !== undefined) goal = ids[place + step];
    else if (event.key === 'Home') goal = ids[0];
    else if (event.key === 'End') goal = ids[ids.length - 1];
    else if (event.key === 'Delete') {
      focusRow(list, ids[place + 1] ?? ids[place - 1]);
      actions.remove([id]);
    } else if (event.key === 'Enter' && event.shiftKey) {
      if (isActive(queue.items[id]?.state ?? 'done')) actions.cancel(id);
      else actions.run([id]);
    } else return;
    event.preventDefault();
    if (goal === undefined) return;
    focusRow(list, goal);
    actions.select(goal);
  };
}
