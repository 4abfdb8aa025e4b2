/** Light, dark or the system's: chosen in the header or the palette, kept between visits (public/theme.js reads it first). */
import { useSyncExternalStore } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'cosr.theme';
const listeners = new Set<() => void>();

const parseTheme = (value: unknown): Theme => themes.find((theme) => theme === value) ?? 'system';

function listen(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

export const useTheme = (): Theme =>
  useSyncExternalStore(listen, () => parseTheme(document.documentElement.dataset.theme));

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the tab.
  }
}
