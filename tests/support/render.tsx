/** Renders a component of the page with its store, over an engine that a test plays. Needs `@vitest-environment happy-dom`. */
import { Tooltip } from '@base-ui/react/tooltip';
import { render as renderInto } from '@testing-library/react';
import { act, type ReactNode } from 'react';
import type { Event } from '../../src/protocol/index.ts';
import { AppProvider } from '../../src/store/context.ts';
import { type AppModel, createApp } from '../../src/store/store.ts';
import { fakeEngine } from './fake-engine.ts';

export function render(
  component: ReactNode,
  prepare: (app: AppModel, emit: (event: Event) => void) => void = () => {},
) {
  const fake = fakeEngine();
  const app = createApp(fake.engine);
  prepare(app, fake.emit);
  fake.sent.length = 0;
  const { container } = renderInto(
    <Tooltip.Provider>
      <AppProvider value={app}>{component}</AppProvider>
    </Tooltip.Provider>,
  );
  return { ...fake, app, container, emit: (event: Event) => act(() => fake.emit(event)) };
}
