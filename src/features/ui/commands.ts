/**
 * The palette as pages know it: their actions, which each tells while it is on screen and is asked for when the palette opens; and its
 * keys, Ctrl-K and ⌘K. Its own code comes with the first press.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { goTo, type Page, parseHash } from './router.ts';

export interface Command {
  /** A verb first: "Fit the whole picture". */
  readonly label: string;
  /** Keys that do the same. */
  readonly keys?: string;
  readonly run: () => void;
}

/** Pages and their parts, in the order in which they came. */
const sources = new Set<() => readonly Command[]>();

/** A command of a page that is on its way. */
let awaited: { readonly page: Page; readonly label: string } | null = null;

function runAwaited(source: () => readonly Command[]): void {
  if (!awaited) return;
  const { page, label } = awaited;
  if (parseHash(location.hash) !== page) {
    awaited = null;
    return;
  }
  const found = source().find((command) => command.label === label);
  if (!found) return;
  awaited = null;
  found.run();
}

/** Goes to a page and runs a command of its own there, once it offers it. @param label as the page names it */
export function runOn(page: Page, label: string): void {
  const isThere = parseHash(location.hash) === page;
  if (!isThere) goTo(page);
  awaited = { page, label };
  if (isThere) runAwaited(pageCommands);
}

/** @param list those that can be run at that moment */
export function useCommands(list: () => readonly Command[]): void {
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const source = () => latest.current();
    sources.add(source);
    runAwaited(source);
    return () => {
      sources.delete(source);
    };
  }, []);
}

/** Those of the page on screen now. */
export const pageCommands = (): readonly Command[] => [...sources].flatMap((list) => list());

const isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');

/** As it stands in tooltips. */
export const commandKeys = isApple ? '⌘K' : 'Ctrl+K';

interface PaletteState {
  readonly isOpen: boolean;
  readonly wasOpened: boolean;
  readonly open: () => void;
  readonly change: (isOpen: boolean) => void;
}

export function usePalette(): PaletteState {
  const [state, setState] = useState({ isOpen: false, wasOpened: false });
  const change = useCallback(
    (isOpen: boolean) => setState(({ wasOpened }) => ({ isOpen, wasOpened: wasOpened || isOpen })),
    [],
  );
  const open = useCallback(() => change(true), [change]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || event.shiftKey || event.altKey) return;
      if (event.ctrlKey === event.metaKey) return;
      // Browsers have a use of their own for it.
      event.preventDefault();
      // A key that is held down would open and close it in turn.
      if (!event.repeat) setState(({ isOpen }) => ({ isOpen: !isOpen, wasOpened: true }));
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return { ...state, open, change };
}
