import { useEffect } from 'react';
import { useApp } from '../../store/context.ts';
import { currentConfig } from '../../store/training.ts';
import { samples, sampleUrl } from '../intake/samples.ts';
import { addressOf, readAddress } from './address.ts';

/** What the page does once while it is open: finds the kept run and keeps settings and address alike. */
export function useTraining(): void {
  const { store, actions } = useApp();
  useEffect(() => {
    const { run } = store.getState().training;
    try {
      const linked = readAddress(location.hash);
      if (linked && !run?.config) actions.editTraining(linked);
    } catch (error) {
      actions.notify('warning', `The address’s settings were left out: ${(error as Error).message}`);
    }
    if (!run) actions.openTraining(samples.map(sampleUrl));
    const show = () => {
      const address = addressOf(currentConfig(store.getState().training));
      if (address !== location.hash) history.replaceState(null, '', address);
    };
    show();
    const stopAddress = store.subscribe((state, before) => {
      if (currentConfig(state.training) !== currentConfig(before.training)) show();
    });
    return stopAddress;
  }, [store, actions]);
}
