import { useEffect } from 'react';
import { useApp } from '../../store/context.ts';
import { characterChange } from './viewer/keys.ts';

const typing = 'input:not([type="range"], [type="checkbox"], [type="file"]), select, textarea, [contenteditable]';

/** Character keys: page-wide, or in the viewer alone where the user wants that; never while typing or in a dialog. */
export function usePageKeys(onHelp: () => void): void {
  const { store, actions } = useApp();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest(typing) || target?.closest('[role="dialog"]')) return;
      const { settings, view, queue } = store.getState();
      if (!settings.letterKeys && !target?.closest('[data-viewer]')) return;
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
