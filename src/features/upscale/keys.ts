/** The page's keys: viewer, queue, and the list of them all. */
import { type KeyboardEvent as ReactKeyboardEvent, useEffect } from 'react';
import { useApp } from '../../store/context.ts';
import { isActive, isRunnable, stateOf, visibleIds } from '../../store/queue.ts';
import { nextMode, type ViewState } from '../../store/view.ts';
import { type Command, useCommands } from '../ui/commands.ts';
import type { ShortcutGroup } from '../ui/dialogs.tsx';
import { isShortcut, zoomChange } from '../viewer/controls.ts';

/** The change of the view that a character key makes; null for other keys. */
export const characterChange = (key: string, view: ViewState): Partial<ViewState> | null =>
  key === 'm' || key === 'M' ? { mode: nextMode(view.mode) } : zoomChange(key, view);

/** Character keys, page-wide or in the viewer alone. */
export function usePageKeys(onHelp: () => void): void {
  const { store, actions } = useApp();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { settings, view, queue } = store.getState();
      if (!isShortcut(event, settings.letterKeys)) return;
      if (event.key === '?') return onHelp();
      const change = queue.selected === null ? null : characterChange(event.key, view);
      if (!change) return;
      event.preventDefault();
      actions.setView(change);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [store, actions, onHelp]);
}

/** Actions that the palette offers here. */
export function useUpscaleCommands(onHelp: () => void): void {
  const { store, actions } = useApp();
  useCommands(() => {
    const { queue, view } = store.getState();
    const waiting = visibleIds(queue).filter((id) => isRunnable(stateOf(queue, id)));
    const { selected } = queue;
    const viewer: readonly Command[] = [
      { label: 'Next way to compare', keys: 'M', run: () => actions.setView({ mode: nextMode(view.mode) }) },
      { label: 'Fit the whole picture', keys: '0', run: () => actions.setView({ fit: true }) },
      { label: 'Zoom to 100 %', keys: '1', run: () => actions.setView({ zoom: 1, fit: false }) },
      { label: 'Switch smooth pixels', keys: 'S', run: () => actions.setView({ smooth: !view.smooth }) },
    ];
    return [
      {
        label: 'Add pictures',
        run: () => document.querySelector<HTMLInputElement>('main input[type="file"]')?.click(),
      },
      ...(waiting.length > 0 ? [{ label: 'Upscale all', run: actions.runAll }] : []),
      ...(selected !== null && isActive(stateOf(queue, selected))
        ? [{ label: 'Cancel the picture on screen', run: () => actions.cancel(selected) }]
        : []),
      ...(selected === null ? [] : viewer),
      { label: 'Show keyboard shortcuts', keys: '?', run: onHelp },
    ];
  });
}

const arrows: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function focusRow(list: Element, id: string | undefined): void {
  if (id !== undefined) list.querySelector<HTMLElement>(`[data-queue-item="${id}"]`)?.focus();
}

/** Keys of the list: arrows and Home/End move and show, Delete removes, Shift+Enter runs or cancels. */
export function useQueueKeys(): (event: ReactKeyboardEvent<HTMLElement>) => void {
  const { store, actions } = useApp();
  return (event) => {
    const list = event.currentTarget;
    const id = event.target instanceof HTMLElement ? event.target.dataset.queueItem : undefined;
    if (id === undefined) return;
    const { queue } = store.getState();
    const ids = visibleIds(queue);
    const place = ids.indexOf(id);
    const step = arrows[event.key];
    let goal: string | undefined;
    if (step !== undefined) goal = ids[place + step];
    else if (event.key === 'Home') goal = ids[0];
    else if (event.key === 'End') goal = ids[ids.length - 1];
    else if (event.key === 'Delete') {
      focusRow(list, ids[place + 1] ?? ids[place - 1]);
      actions.remove([id]);
    } else if (event.key === 'Enter' && event.shiftKey) {
      if (isActive(stateOf(queue, id))) actions.cancel(id);
      else actions.run([id]);
    } else return;
    event.preventDefault();
    if (goal === undefined) return;
    focusRow(list, goal);
    actions.select(goal);
  };
}

/** The Upscale page's keys, as the help dialog lists them. */
export const upscaleShortcuts: readonly ShortcutGroup[] = [
  {
    title: 'Viewer',
    shortcuts: [
      { keys: ['+', '−'], does: 'Zoom in, zoom out' },
      { keys: ['0'], does: 'Fit the whole image' },
      { keys: ['1', '2'], does: '100 %, 200 % of the output’s pixels' },
      { keys: ['M'], does: 'Next way to compare' },
      { keys: ['S'], does: 'Smooth or square pixels' },
      { keys: ['←', '↑', '→', '↓'], does: 'Move the picture (viewer focused)' },
      { keys: ['←', '→', 'Home', 'End'], does: 'Move the comparison line (line focused)' },
    ],
  },
  {
    title: 'Images',
    shortcuts: [
      { keys: ['↑', '↓'], does: 'Previous, next image' },
      { keys: ['Enter'], does: 'Show the image' },
      { keys: ['Shift+Enter'], does: 'Upscale, resume or cancel it' },
      { keys: ['Delete'], does: 'Remove it (with Undo)' },
      { keys: ['Ctrl+V'], does: 'Paste an image' },
    ],
  },
  { title: 'Help', shortcuts: [{ keys: ['?'], does: 'This list' }] },
];
