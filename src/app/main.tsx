import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { deferredEngine, startEngine } from '../store/client.ts';
import { AppProvider } from '../store/context.ts';
import { createApp } from '../store/store.ts';
import { App } from './App.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import './theme.css';

const engine = deferredEngine(startEngine);
const app = createApp(engine);
engine.listen((event) => {
  // biome-ignore lint/suspicious/noConsole: what the engine decided and why, for whoever looks for it there
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

// The worker and its weights come after the first paint; a tab opened in the background paints nothing, so it gets a timer.
const start = () => engine.start();
requestAnimationFrame(() => setTimeout(start));
setTimeout(start, 1000);
