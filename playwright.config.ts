import { defineConfig } from '@playwright/test';
import { findBrowser } from './scripts/browser.mjs';

/** PAGE_PORT lets two runs on one machine have a server each. */
const port = Number(process.env.PAGE_PORT ?? 4179);
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

/** Specs that measure the page's own times: nothing else may run beside them. */
const timed = /smoothness|hidden-tab/;
const preview = `npx vite preview --port ${port} --strictPort`;

/**
 * The page in real Chromium. `wasm` is the fallback every machine has and the fast one without a GPU; `webgpu` drives the
 * same page on whatever adapter there is, SwiftShader at the least; `timed` runs one test at a time.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 2,
  // On a busy machine one of 83 pages may miss a moment: the report calls such a test flaky, and one that fails twice fails.
  retries: 1,
  reporter: 'list',
  use: {
    baseURL: `http://localhost:${port}`,
    launchOptions: { executablePath: findBrowser() ?? 'chromium' },
    viewport: { width: 1280, height: 800 },
    // A trace snapshots the page at every action: on the Train page that takes longer than the action.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
  },
  webServer: {
    // `npm test` has built the page already.
    command: process.env.PAGE_IS_BUILT ? preview : `npx vite build --logLevel warn && ${preview}`,
    url: `http://localhost:${port}`,
    reuseExistingServer: false,
    timeout: 120_000,
  },
  projects: [
    {
      name: 'wasm',
      testIgnore: [/webgpu/, timed],
      use: { launchOptions: { executablePath: findBrowser() ?? 'chromium', args: flags } },
    },
    {
      name: 'timed',
      testMatch: timed,
      use: { launchOptions: { executablePath: findBrowser() ?? 'chromium', args: flags } },
    },
    {
      name: 'webgpu',
      testMatch: /webgpu/,
      use: {
        launchOptions: {
          executablePath: findBrowser() ?? 'chromium',
          args: [...flags, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
        },
      },
    },
  ],
});
