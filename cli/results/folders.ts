/** Where the test pictures lie, from the root: the truths, and the trainer's LR sets. */
import type { DegradationKind } from '../../src/degradation/index.ts';

export const testFolders: { readonly hr: string; readonly lr: Readonly<Record<DegradationKind, string>> } = {
  hr: 'tests/images/hr',
  lr: {
    bicubic: 'tests/images/lr-bicubic',
    'realesrgan-test': 'tests/images/lr',
    realesrgan: 'tests/images/lr-realesrgan',
  },
};
