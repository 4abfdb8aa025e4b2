import { type LucideIcon, Monitor, Moon, Search, Sun } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { IconButton } from '../features/ui/buttons.tsx';
import { commandKeys } from '../features/ui/commands.ts';
import { backendTitles } from '../features/ui/format.ts';
import { type Page, pageHref, pages, pageTitles } from '../features/ui/router.ts';
import type { EngineReady } from '../protocol/upscale.ts';
import { useAppState } from '../store/context.ts';
import type { EngineState } from '../store/engine.ts';
import styles from './Header.module.css';

// The theme, light, dark or the system's: chosen here or in the palette, kept between visits (public/theme.js reads it first).

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'cosr.theme';
const listeners = new Set<() => void>();

const parseTheme = (value: unknown): Theme => themes.find((theme) => theme === value) ?? 'system';

function listen(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

const useTheme = (): Theme => useSyncExternalStore(listen, () => parseTheme(document.documentElement.dataset.theme));

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

const icons: Readonly<Record<Theme, LucideIcon>> = { system: Monitor, light: Sun, dark: Moon };

/** One button that steps through system, light and dark. */
function ThemeSwitch() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  return <IconButton icon={icons[theme]} label={`Theme: ${theme}. Switch to ${next}`} onClick={() => setTheme(next)} />;
}

const isSlow = ({ backend, adapter }: EngineReady): boolean => backend !== 'webgpu' || adapter?.isSoftware === true;

function stateWords({ phase, ready, download }: EngineState): string {
  switch (phase) {
    case 'starting':
      return 'Starting';
    case 'opening':
      return download && !download.cached
        ? `Loading ${Math.round((100 * download.loaded) / Math.max(1, download.total))} %`
        : 'Opening';
    case 'ready':
      return ready ? `${backendTitles[ready.backend]}${isSlow(ready) ? ', slower' : ''}` : 'Ready';
    case 'failed':
      return 'Not running';
  }
}

/** The engine's state in the header; leads to Diagnosis. */
function EngineChip() {
  const engine = useAppState((state) => state.engine);
  const look = engine.phase === 'ready' && engine.ready && isSlow(engine.ready) ? 'slow' : engine.phase;
  return (
    <a className={styles.chip} href={pageHref('diagnosis')} title={engine.ready?.backendReason ?? engine.message}>
      <span className={styles.dot} data-look={look} aria-hidden="true" />
      <span className="sr-only">Engine: </span>
      <span className={styles.state}>{stateWords(engine)}</span>
    </a>
  );
}

interface HeaderProps {
  readonly page: Page;
  readonly onCommands: () => void;
}

export function Header({ page, onCommands }: HeaderProps) {
  return (
    <header className={styles.header}>
      <button type="button" className={styles.skip} onClick={() => document.querySelector('main')?.focus()}>
        Skip to the page
      </button>
      <a className={styles.name} href={pageHref('upscale')}>
        CoSR <span className={styles.rest}>Playground</span>
      </a>
      <nav className={styles.nav} aria-label="Pages">
        {pages.map((item) => (
          <a key={item} className={styles.link} href={pageHref(item)} aria-current={item === page ? 'page' : undefined}>
            {pageTitles[item]}
          </a>
        ))}
      </nav>
      <div className={styles.tools}>
        <EngineChip />
        <IconButton icon={Search} label="Commands" keys={commandKeys} onClick={onCommands} />
        <ThemeSwitch />
      </div>
    </header>
  );
}
