import { type LucideIcon, Monitor, Moon, Sun } from 'lucide-react';
import { IconButton } from '../features/ui/IconButton.tsx';
import { setTheme, type Theme, themes, useTheme } from './theme.ts';

const icons: Readonly<Record<Theme, LucideIcon>> = { system: Monitor, light: Sun, dark: Moon };

/** One button that steps through system, light and dark. */
export function ThemeSwitch() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  return <IconButton icon={icons[theme]} label={`Theme: ${theme}. Switch to ${next}`} onClick={() => setTheme(next)} />;
}
