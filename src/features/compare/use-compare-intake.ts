import { useCallback } from 'react';
import { useActions } from '../../store/context.ts';
import { type Intaken, looksLikeOnnx, looksLikeWeights } from '../intake/intake-files.ts';
import { formatCount } from '../ui/format.ts';
import { goTo } from '../ui/router.ts';

/** Takes what was dropped on the Compare page: pictures and pairs, ONNX models; weights go to the Models page. */
export function useCompareIntake(): (found: Intaken) => void {
  const { addToCompare, addModel, bringWeights, notify } = useActions();
  return useCallback(
    ({ files, skipped }: Intaken) => {
      const weights = files.filter(looksLikeWeights);
      const models = files.filter(looksLikeOnnx);
      const pictures = files.filter((file) => !looksLikeWeights(file) && !looksLikeOnnx(file));
      for (const model of models) addModel(model);
      if (pictures.length > 0) addToCompare(pictures);
      if (skipped > 0) notify('info', `${formatCount(skipped, 'file')} skipped: not an image by type.`);
      else if (files.length === 0) notify('info', 'No images in there.');
      if (weights.length === 0) return;
      bringWeights(weights);
      goTo('models');
    },
    [addToCompare, addModel, bringWeights, notify],
  );
}
