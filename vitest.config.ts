import { defineConfig } from 'vitest/config';

const folders = '{src,cli,tests}/**';
const slow = 120_000;

/**
 * The end of a file's name is its project: `x.test.ts` opens no backend and starts no process, `x.numeric.test.ts` computes
 * on the CPU or WebAssembly, `x.gpu.test.ts` on WebGPU, where there is an adapter. tests/architecture.test.ts holds that.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: [`${folders}/*.test.{ts,tsx}`],
          exclude: [`${folders}/*.{numeric,gpu}.test.ts`],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'numeric',
          include: [`${folders}/*.numeric.test.ts`],
          testTimeout: slow,
          hookTimeout: slow,
        },
      },
      {
        test: { name: 'gpu', include: [`${folders}/*.gpu.test.ts`], testTimeout: slow, hookTimeout: slow },
      },
    ],
  },
});
