/** Keys of pages that compare pictures: changes of the view, and the lists of them. */

import { useEffect, useRef } from 'react';
import type { CompareLayer } from '../../../protocol/compare.ts';
import { useApp } from '../../../store/context.ts';
import { type CompareView, nextComparison } from '../../../store/view.ts';
import type { Command } from '../../ui/commands.ts';
import type { ShortcutGroup } from '../../ui/dialogs.tsx';
import { isShortcut, zoomChange } from '../controls.ts';
import { clampCentre, outputScale, type Size } from '../transform.ts';

/** Result pixels that the loupe moves with a press. */
const step = 1 / outputScale;
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

/** Moves the loupe by a result pixel; null for other keys, and without it. */
export function aimChange(key: string, { loupe, aim }: CompareView, image: Size): Partial<CompareView> | null {
  const move = arrows[key];
  return loupe && move ? { aim: clampCentre({ x: aim.x + move[0], y: aim.y + move[1] }, image) } : null;
}

/**
 * The change that a character key makes; null for other keys.
 * @param pair the pictures on screen @param layers those that can be
 */
export function comparisonChange(
  key: string,
  view: CompareView,
  [left, right]: readonly [CompareLayer, CompareLayer],
  layers: readonly CompareLayer[],
): Partial<CompareView> | null {
  const others = layers.filter((layer) => layer !== left);
  const other = (by: number) => others[(others.indexOf(right) + by + others.length) % others.length] ?? right;
  switch (key.toLowerCase()) {
    case 'm':
      return { mode: nextComparison(view.mode), held: false };
    case 'x':
      return { left: right, right: left };
    case '[':
      return { right: other(-1) };
    case ']':
      return { right: other(1) };
    case 'l':
      return { loupe: !view.loupe };
    default:
      return zoomChange(key, view);
  }
}

/** They have a use of their own for Space; the chosen one of a group, as the mode that was just pressed, has none. */
const pressed =
  'button:not([role="group"] > [aria-pressed="true"]), summary, a, input, select, textarea, [role="dialog"]';

/** Space alone, where pictures blink. */
const isBlinking = ({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent, { mode }: CompareView): boolean =>
  key === ' ' &&
  mode === 'blink' &&
  !(ctrlKey || metaKey || altKey) &&
  !(target instanceof Element && target.closest(pressed));

interface ComparisonKeys {
  readonly view: CompareView;
  /** Null: there is nothing to compare yet. */
  readonly pair: readonly [CompareLayer, CompareLayer] | null;
  readonly layers: readonly CompareLayer[];
}

/**
 * Character keys, page-wide or in the viewer alone.
 * @param now as it is when a key is pressed
 * @param others keys of the page's own; true: it was one
 */
export function useComparisonKeys(
  now: () => ComparisonKeys,
  setView: (change: Partial<CompareView>) => void,
  onHelp: () => void,
  others: (key: string) => boolean = () => false,
): void {
  const { store } = useApp();
  const latest = useRef({ now, setView, onHelp, others });
  latest.current = { now, setView, onHelp, others };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { now, setView, onHelp, others } = latest.current;
      const isSpace = isBlinking(event, now().view);
      if (!isSpace && !isShortcut(event, store.getState().settings.letterKeys)) return;
      if (event.key === '?') return onHelp();
      if (others(event.key.toLowerCase())) return event.preventDefault();
      const { view, pair, layers } = now();
      if (!pair) return;
      if (event.key.toLowerCase() === 'b' || isSpace) {
        event.preventDefault();
        if (!event.repeat) setView({ held: true });
        return;
      }
      const change = comparisonChange(event.key, view, pair, layers);
      if (!change) return;
      event.preventDefault();
      setView(change);
    };
    const release = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'b' || event.key === ' ') letGo();
    };
    const letGo = () => {
      if (latest.current.now().view.held) latest.current.setView({ held: false });
    };
    const abort = new AbortController();
    const { signal } = abort;
    document.addEventListener('keydown', press, { signal });
    document.addEventListener('keyup', release, { signal });
    // The key may be released where nobody here hears of it.
    window.addEventListener('blur', letGo, { signal });
    return () => {
      abort.abort();
      letGo();
    };
  }, [store]);
}

/** The same for the palette, for those who know no keys. */
export function comparisonCommands(
  { view, pair, layers }: ComparisonKeys,
  setView: (change: Partial<CompareView>) => void,
): readonly Command[] {
  if (!pair) return [];
  const press = (key: string, label: string): Command => ({
    label,
    keys: key.toUpperCase(),
    run: () => {
      const change = comparisonChange(key, view, pair, layers);
      if (change) setView(change);
    },
  });
  return [
    { label: 'Compare by slider', run: () => setView({ mode: 'slider', held: false }) },
    { label: 'Compare side by side', run: () => setView({ mode: 'side-by-side', held: false }) },
    { label: 'Compare by blinking', run: () => setView({ mode: 'blink', held: false }) },
    { label: 'Show the error map in levels', run: () => setView({ mode: 'difference', full: 32, held: false }) },
    { label: 'Show the error map by FLIP', run: () => setView({ mode: 'difference', full: 'flip', held: false }) },
    press('x', 'Swap left and right'),
    press(']', 'Next method on the right'),
    press('[', 'Previous method on the right'),
    press('l', 'Switch the loupe'),
    press('0', 'Fit the whole picture'),
    press('1', 'Zoom to 100 %'),
    press('s', 'Switch smooth pixels'),
  ];
}

/** Keys of every page that compares, as its help dialog lists them. */
export const comparisonShortcuts: readonly ShortcutGroup[] = [
  {
    title: 'Comparing',
    shortcuts: [
      { keys: ['B', 'Space'], does: 'While held: the right picture in the left one’s place' },
      { keys: ['M'], does: 'Next way to compare' },
      { keys: ['[', ']'], does: 'Previous, next method on the right' },
      { keys: ['X'], does: 'Swap left and right' },
      { keys: ['L'], does: 'Loupe on or off' },
      { keys: ['Shift+←↑→↓'], does: 'Move the loupe (viewer focused)' },
      { keys: ['←', '→', 'Home', 'End'], does: 'Move the comparison line (line focused)' },
    ],
  },
  {
    title: 'Viewer',
    shortcuts: [
      { keys: ['+', '−'], does: 'Zoom in, zoom out' },
      { keys: ['0'], does: 'Fit the whole image' },
      { keys: ['1', '2'], does: '100 %, 200 % of the results’ pixels' },
      { keys: ['S'], does: 'Smooth or square pixels' },
      { keys: ['←', '↑', '→', '↓'], does: 'Move the pictures (viewer focused)' },
    ],
  },
  { title: 'Help', shortcuts: [{ keys: ['?'], does: 'This list' }] },
];
