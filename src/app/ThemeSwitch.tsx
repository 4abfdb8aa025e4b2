import { type LucideIcon, Monitor, Moon, Sun } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { IconButton } from '../features/ui/buttons.tsx';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const key = 'cosr.theme';
const listeners = new Set<() => void>();

const parseTheme = (value: unknown): Theme => themes.find((theme) => theme === value) ?? 'system';

function listen(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

const useTheme = (): Theme => useSyncExternalStore(listen, () => parseTheme(document.documentElement.dataset.theme));

function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the tab.
  }
}

const icons: Readonly<Record<Theme, LucideIcon>> = { system: Monitor, light: Sun, dark: Moon };

/** One button that steps through system, light and dark. */
export function ThemeSwitch() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  return <IconButton icon={icons[theme]} label={`Theme: ${theme}. Switch to ${next}`} onClick={() => setTheme(next)} />;
}
