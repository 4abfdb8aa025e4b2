import { defineConfig } from '@playwright/test';
import { findBrowser } from './scripts/browser.mjs';

const port = 4179;
const flags = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'];

/**
 * The page in real Chromium. `wasm` is the fallback every machine has and the fast one without a GPU; `webgpu` drives the
 * same page on whatever adapter there is, SwiftShader at the least.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 1,
  reporter: 'list',
  use: {
    baseURL: `http://localhost:${port}`,
    launchOptions: { executablePath: findBrowser() ?? 'chromium' },
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
  },
  webServer: {
    command: `npx vite build --logLevel warn && npx vite preview --port ${port} --strictPort`,
    url: `http://localhost:${port}`,
    reuseExistingServer: false,
    timeout: 120_000,
  },
  projects: [
    {
      name: 'wasm',
      testIgnore: /webgpu/,
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
