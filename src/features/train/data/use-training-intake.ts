import { useCallback } from 'react';
import { useActions } from '../../../store/context.ts';
import { formatCount } from '../../ui/format.ts';
import type { Intaken } from '../../upscale/intake/intake-files.ts';

const isCheckpoint = ({ name }: File) => name.toLowerCase().endsWith('.safetensors');

/** Pictures to train on, or a checkpoint to open: the engine finds out what is in them. */
export function useTrainingIntake(): (found: Intaken) => void {
  const { addTrainingPictures, importCheckpoint, notify } = useActions();
  return useCallback(
    ({ files, skipped }: Intaken) => {
      const [first, ...others] = files.filter(isCheckpoint);
      const pictures = files.filter((file) => !isCheckpoint(file));
      if (first) importCheckpoint(first);
      if (others.length > 0) notify('info', `Only ${first?.name} is opened: drop one checkpoint at a time.`);
      if (pictures.length > 0) addTrainingPictures(pictures);
      if (skipped > 0) notify('info', `${formatCount(skipped, 'file')} skipped: not an image by type.`);
      else if (files.length === 0) notify('info', 'No pictures in there.');
    },
    [addTrainingPictures, importCheckpoint, notify],
  );
}
