import { useEffect } from 'react';
import { readTrainingConfig, type TrainingConfig } from '../../paper/config.ts';
import { type OptionName, options } from '../../paper/options.ts';
import { useApp } from '../../store/context.ts';
import { currentConfig, pageConfig } from '../../store/training.ts';
import { samples, sampleUrl } from '../intake/samples.ts';
import { parseHash } from '../ui/router.ts';

const parsed = (name: string, text: string): unknown => {
  const kind = Object.hasOwn(options, name) ? options[name as OptionName].kind : 'choice';
  if (kind === 'choice') return text;
  if (kind === 'switch') return text === 'true' ? true : text === 'false' ? false : text;
  return text.trim() === '' ? text : Number(text);
};

/** Null when the address has no settings. @throws one sentence naming the setting that can't be */
export function readAddress(hash: string): TrainingConfig | null {
  const at = hash.indexOf('?');
  if (at < 0) return null;
  const entries = [...new URLSearchParams(hash.slice(at + 1))];
  if (entries.length === 0) return null;
  return readTrainingConfig(Object.fromEntries(entries.map(([name, text]) => [name, parsed(name, text)])), pageConfig);
}

/** The page's hash with these settings. */
export function addressOf(config: TrainingConfig): string {
  const changed = (Object.keys(options) as OptionName[]).filter((name) => config[name] !== pageConfig[name]);
  const query = new URLSearchParams(changed.map((name) => [name, String(config[name])]));
  return changed.length === 0 ? '#/train' : `#/train?${query}`;
}

/** Opens the kept run once, and keeps settings and address alike, also where a link is followed on the page itself. */
export function useTraining(): void {
  const { store, actions } = useApp();
  useEffect(() => {
    const read = () => {
      try {
        const linked = readAddress(location.hash);
        if (linked && !store.getState().training.run?.config) actions.editTraining(linked);
      } catch (error) {
        actions.notify('warning', `The address’s settings were left out: ${(error as Error).message}`);
      }
    };
    const show = () => {
      const address = addressOf(currentConfig(store.getState().training));
      if (address !== location.hash) history.replaceState(null, '', address);
    };
    const arrive = () => {
      if (parseHash(location.hash) !== 'train') return;
      read();
      show();
    };
    read();
    if (!store.getState().training.run) actions.openTraining(samples.map(sampleUrl));
    show();
    const stopAddress = store.subscribe((state, before) => {
      if (currentConfig(state.training) !== currentConfig(before.training)) show();
    });
    window.addEventListener('hashchange', arrive);
    return () => {
      stopAddress();
      window.removeEventListener('hashchange', arrive);
    };
  }, [store, actions]);
}
