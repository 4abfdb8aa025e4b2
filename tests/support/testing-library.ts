/** Set-up for each file: a module that sets itself up as it loads does so for the first file alone. */
import { cleanup } from '@testing-library/react';
import { afterEach, beforeAll } from 'vitest';

beforeAll(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});
afterEach(() => {
  cleanup();
  // The page stores now, and not in another file's test, settings that it still holds back.
  globalThis.window?.dispatchEvent(new Event('pagehide'));
  // Some of the files render nothing, and have no document.
  globalThis.localStorage?.clear();
});
