/** Every key of the page, as the help dialog lists them. */
import type { ShortcutGroup } from '../ui/ShortcutsDialog.tsx';

export const shortcutGroups: readonly ShortcutGroup[] = [
  {
    title: 'Comparing',
    shortcuts: [
      { keys: ['B'], does: 'While held: the right picture in the left one’s place' },
      { keys: ['M'], does: 'Next way to compare' },
      { keys: ['[', ']'], does: 'Previous, next picture on the right' },
      { keys: ['X'], does: 'Swap left and right' },
      { keys: ['L'], does: 'Loupe on or off' },
      { keys: ['Shift+←↑→↓'], does: 'Move the loupe (viewer focused)' },
      { keys: ['←', '→', 'Home', 'End'], does: 'Move the comparison line (line focused)' },
    ],
  },
  {
    title: 'Viewer',
    shortcuts: [
      { keys: ['+', '−'], does: 'Zoom in, zoom out' },
      { keys: ['0'], does: 'Fit the whole image' },
      { keys: ['1', '2'], does: '100 %, 200 % of the results’ pixels' },
      { keys: ['S'], does: 'Smooth or square pixels' },
      { keys: ['←', '↑', '→', '↓'], does: 'Move the pictures (viewer focused)' },
    ],
  },
  { title: 'Help', shortcuts: [{ keys: ['?'], does: 'This list' }] },
];
