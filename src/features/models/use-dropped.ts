import { useCallback } from 'react';
import { useActions } from '../../store/context.ts';
import { type Intaken, looksLikeWeights } from '../intake/intake-files.ts';
import { useAdd } from '../intake/use-add.ts';
import { goTo } from '../ui/router.ts';

/** Takes what was dropped where it belongs: weights to the Models page, pictures into the queue. */
export function useDropped(): (found: Intaken) => void {
  const { bringWeights } = useActions();
  const enqueue = useAdd();
  return useCallback(
    ({ files, skipped }: Intaken) => {
      const weights = files.filter(looksLikeWeights);
      goTo(weights.length > 0 ? 'models' : 'upscale');
      if (weights.length > 0) bringWeights(weights);
      if (weights.length === 0 || weights.length < files.length || skipped > 0) {
        enqueue({ files: files.filter((file) => !looksLikeWeights(file)), skipped });
      }
    },
    [bringWeights, enqueue],
  );
}
