import { Component, type ReactNode } from 'react';
import styles from './ErrorBoundary.module.css';

interface State {
  readonly error: Error | null;
}

const reload = () => location.reload();

/** A fault of the page itself: says so, shows what to report, and offers the way back. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
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
