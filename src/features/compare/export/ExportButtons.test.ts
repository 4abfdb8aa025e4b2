import { expect, it } from 'vitest';
import { errorMapCaption } from './ExportButtons.tsx';

it('a saved error map names its measure: a difference has a sign, FLIP has none', () => {
  expect(errorMapCaption(32, 'bicubic', 'ours')).toBe('ours − bicubic');
  expect(errorMapCaption('flip', 'bicubic', 'ours')).toBe('FLIP of ours against bicubic');
});
