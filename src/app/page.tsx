import { Component, type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { goTo } from '../features/ui/router.ts';
import type { EngineClient } from '../store/client.ts';
import { AppProvider } from '../store/context.ts';
import { createApp } from '../store/store.ts';
import { App } from './App.tsx';
import { serveOffline, takeOpenedFiles } from './offline.ts';
import './theme.css';
import styles from './ErrorBoundary.module.css';

interface State {
  readonly error: Error | null;
}

const reload = () => location.reload();

/** A fault of the page itself: says so, shows what to report, and offers the way back. */
class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className={styles.page}>
        <h1>The page has stopped</h1>
        <p>Your images and finished results are stored; reloading brings them back.</p>
        <button type="button" className={styles.reload} onClick={reload}>
          Reload
        </button>
        <details>
          <summary>Details for a report</summary>
          <pre className={styles.trace}>{error.stack ?? error.message}</pre>
        </details>
      </main>
    );
  }
}

/** Draws the page on an engine that is on its way. */
export function showPage(engine: EngineClient): void {
  const app = createApp(engine);
  engine.listen((event) => {
    // biome-ignore lint/suspicious/noConsole: the engine's log of its decisions belongs in the console
    if (event.type === 'log') console.info(event.message);
  });
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root');

  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <AppProvider value={app}>
          <App />
        </AppProvider>
      </ErrorBoundary>
    </StrictMode>,
  );

  takeOpenedFiles((files) => {
    goTo('upscale');
    app.actions.addFiles(files);
  });
  if (document.readyState === 'complete') serveOffline(app);
  else window.addEventListener('load', () => serveOffline(app));
}
