/** Every key of the page, as the help dialog lists them. */
import type { ShortcutGroup } from '../ui/ShortcutsDialog.tsx';

export const shortcutGroups: readonly ShortcutGroup[] = [
  {
    title: 'Viewer',
    shortcuts: [
      { keys: ['+', '−'], does: 'Zoom in, zoom out' },
      { keys: ['0'], does: 'Fit the whole image' },
      { keys: ['1', '2'], does: '100 %, 200 % of the output’s pixels' },
      { keys: ['M'], does: 'Next way to compare' },
      { keys: ['S'], does: 'Smooth or square pixels' },
      { keys: ['←', '↑', '→', '↓'], does: 'Move the picture (viewer focused)' },
      { keys: ['←', '→', 'Home', 'End'], does: 'Move the comparison line (line focused)' },
    ],
  },
  {
    title: 'Images',
    shortcuts: [
      { keys: ['↑', '↓'], does: 'Previous, next image' },
      { keys: ['Enter'], does: 'Show the image' },
      { keys: ['Shift+Enter'], does: 'Upscale, resume or cancel it' },
      { keys: ['Delete'], does: 'Remove it (with Undo)' },
      { keys: ['Ctrl+V'], does: 'Paste an image' },
    ],
  },
  { title: 'Help', shortcuts: [{ keys: ['?'], does: 'This list' }] },
];
