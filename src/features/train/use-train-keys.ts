import { useEffect } from 'react';
import { useApp } from '../../store/context.ts';
import { isBusy } from './status.ts';

const typing = 'input, select, textarea, [contenteditable], [role="dialog"], [role="alertdialog"]';
/** They have a use of their own for Space. */
const pressed = 'button, summary, a';

/** Space plays and pauses, a full stop steps; never while typing, and not at all where single characters are switched off. */
export function useTrainKeys(): void {
  const { store, actions } = useApp();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      const { settings, training } = store.getState();
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (!settings.letterKeys || !training.run || target?.closest(typing)) return;
      const { status } = training.run;
      if (event.key === ' ' && !target?.closest(pressed)) {
        event.preventDefault();
        if (!isBusy(status)) actions.playTraining();
        else if (status !== 'pausing') actions.pauseTraining();
      } else if (event.key === '.' && !isBusy(status)) {
        event.preventDefault();
        actions.stepTraining('iteration');
      }
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [store, actions]);
}
