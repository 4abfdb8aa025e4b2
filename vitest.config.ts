import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const folders = '{src,cli,tests}/**';
const quick = 30_000;
const slow = 120_000;
/** For tests that start the command line. */
const globalSetup = 'tests/support/build-tools.ts';

/**
 * The end of a file's name is its project: `x.test.ts` opens no backend and starts no process, nor does `x.test.tsx`, which
 * renders components; `x.numeric.test.ts` computes on the CPU or WebAssembly, `x.gpu.test.ts` on WebGPU, where there is an
 * adapter. tests/test-kinds.test.ts holds that.
 */
export default defineConfig({
  test: {
    // Left to itself Vitest keeps a core back, and of two that is half.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A message that is still on its way when a worker ends would fail a run whose tests all passed.
    disableConsoleIntercept: true,
    projects: [
      {
        test: {
          name: 'fast',
          include: [`${folders}/*.test.ts`],
          exclude: [`${folders}/*.{numeric,gpu}.test.ts`],
          testTimeout: quick,
          // They share nothing but modules: loading those once halves the time.
          pool: 'threads',
          isolate: false,
        },
      },
      {
        test: {
          name: 'fast-components',
          include: [`${folders}/*.test.tsx`],
          setupFiles: 'tests/support/testing-library.ts',
          testTimeout: quick,
          pool: 'threads',
          isolate: false,
        },
      },
      {
        test: {
          name: 'numeric',
          include: [`${folders}/*.numeric.test.ts`],
          globalSetup,
          testTimeout: slow,
          hookTimeout: slow,
        },
      },
      {
        test: {
          name: 'gpu',
          include: [`${folders}/*.gpu.test.ts`],
          globalSetup,
          testTimeout: slow,
          hookTimeout: slow,
        },
      },
    ],
  },
});
