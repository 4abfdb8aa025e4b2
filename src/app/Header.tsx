import { type Page, pageHref, pages, pageTitles } from '../features/ui/router.ts';
import { EngineChip } from './EngineChip.tsx';
import styles from './Header.module.css';
import { ThemeSwitch } from './ThemeSwitch.tsx';

export function Header({ page }: { readonly page: Page }) {
  return (
    <header className={styles.header}>
      <a className={styles.name} href={pageHref('upscale')}>
        CoSR <span className={styles.rest}>Playground</span>
      </a>
      <nav className={styles.nav} aria-label="Pages">
        {pages.map((item) => (
          <a
            key={item}
            className={styles.link}
            data-wide={item === 'evaluate' || undefined}
            href={pageHref(item)}
            aria-current={item === page ? 'page' : undefined}
          >
            {pageTitles[item]}
          </a>
        ))}
      </nav>
      <div className={styles.tools}>
        <EngineChip />
        <ThemeSwitch />
      </div>
    </header>
  );
}
