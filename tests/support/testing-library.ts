/** What is set up as a module loads is set up for the first file alone: here it is for each file. */
import { cleanup } from '@testing-library/react';
import { afterEach, beforeAll } from 'vitest';

beforeAll(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});
afterEach(() => {
  cleanup();
  // What the page would still store comes before, not in another file's test.
  globalThis.window?.dispatchEvent(new Event('pagehide'));
  // Some of the files render nothing, and have no document.
  globalThis.localStorage?.clear();
});
