import { useCallback } from 'react';
import { useActions } from '../../store/context.ts';
import { formatCount } from '../ui/format.ts';
import type { Intaken } from './intake-files.ts';

/** Adds what was found, and says what was left out. */
export function useAdd(): (found: Intaken) => void {
  const { addFiles, notify } = useActions();
  return useCallback(
    ({ files, skipped }: Intaken) => {
      if (files.length > 0) addFiles(files);
      if (skipped > 0) notify('info', `${formatCount(skipped, 'file')} skipped: not an image by type.`);
      else if (files.length === 0) notify('info', 'No images in there.');
    },
    [addFiles, notify],
  );
}
