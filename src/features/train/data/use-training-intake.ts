import { useCallback } from 'react';
import { useActions } from '../../../store/context.ts';
import { type Intaken, looksLikeWeights } from '../../intake/intake-files.ts';
import { formatCount } from '../../ui/format.ts';

const isRun = ({ name }: File) => /\.(safetensors|zip)$/i.test(name);
const isNetwork = (file: File) => looksLikeWeights(file) && !isRun(file);

/** Pictures to train on, or a checkpoint or a run to open: the engine finds out what is in them. */
export function useTrainingIntake(): (found: Intaken) => void {
  const { addTrainingPictures, importRun, notify } = useActions();
  return useCallback(
    ({ files, skipped }: Intaken) => {
      const [first, ...others] = files.filter(isRun);
      const [network] = files.filter(isNetwork);
      const pictures = files.filter((file) => !isRun(file) && !isNetwork(file));
      if (first) importRun(first);
      if (others.length > 0) notify('info', `Only ${first?.name} is opened: drop one checkpoint or run at a time.`);
      if (network) {
        notify('warning', `${network.name} is the weights of a network, not a run: add it on the Models page.`);
      }
      if (pictures.length > 0) addTrainingPictures(pictures);
      if (skipped > 0) notify('info', `${formatCount(skipped, 'file')} skipped: not an image by type.`);
      else if (files.length === 0) notify('info', 'No pictures in there.');
    },
    [addTrainingPictures, importRun, notify],
  );
}
