import { useCallback } from 'react';
import { useActions, useApp } from '../../store/context.ts';
import { type Intaken, looksLikeOnnx } from '../intake/intake-files.ts';
import { formatCount } from '../ui/format.ts';

/** What is dropped on the page: pictures where they belong, and ONNX files, of which the engine finds out what they are. */
export function useEvaluationIntake(): (found: Intaken) => void {
  const { addEvaluationPictures, addEvaluationModel, notify } = useActions();
  const { store } = useApp();
  return useCallback(
    ({ files, skipped }: Intaken) => {
      for (const file of files.filter(looksLikeOnnx)) addEvaluationModel('auto', file);
      const pictures = files.filter((file) => !looksLikeOnnx(file));
      const set = store.getState().evaluation.state?.setup.set;
      if (pictures.length > 0 && set === 'pairs') {
        notify('info', 'HR or LR? Add the two folders of pairs with the two buttons.');
      } else if (pictures.length > 0) {
        addEvaluationPictures(set === 'blind' ? 'lr' : 'hr', pictures);
      }
      if (skipped > 0) notify('info', `${formatCount(skipped, 'file')} skipped: not an image by type.`);
    },
    [addEvaluationPictures, addEvaluationModel, notify, store],
  );
}
