import { useEffect } from 'react';
import { shownPair } from '../../store/compare-view.ts';
import { useApp } from '../../store/context.ts';
import { comparisonChange } from './stage/keys.ts';
import { layersOf } from './use-compare.ts';

const typing = 'input:not([type="range"], [type="checkbox"], [type="file"]), select, textarea, [contenteditable]';

/** Character keys: page-wide, or in the viewer alone where the user wants that; never while typing or in a dialog. */
export function useCompareKeys(onHelp: () => void): void {
  const { store, pictures, actions } = useApp();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest(typing) || target?.closest('[role="dialog"]')) return;
      const { settings, compare } = store.getState();
      if (!settings.letterKeys && !target?.closest('[data-viewer]')) return;
      if (event.key === '?') return onHelp();
      const layers = layersOf(compare, pictures.layers);
      const pair = shownPair(compare.view, layers);
      if (!pair) return;
      if (event.key.toLowerCase() === 'b') {
        event.preventDefault();
        if (!event.repeat) actions.setCompareView({ held: true });
        return;
      }
      const change = comparisonChange(event.key, compare.view, pair, layers);
      if (!change) return;
      event.preventDefault();
      actions.setCompareView(change);
    };
    const release = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'b') letGo();
    };
    const letGo = () => {
      if (store.getState().compare.view.held) actions.setCompareView({ held: false });
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
  }, [store, pictures, actions, onHelp]);
}
