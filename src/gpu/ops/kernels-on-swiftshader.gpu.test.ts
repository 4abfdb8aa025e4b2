/** The same on a second adapter: SwiftShader, which comes with Chromium. Where CI is set, since its compiler takes a minute. */
import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { checkKernels } from '../../../tests/kernels/check.ts';
import { onBoth, swiftshader } from '../../../tests/support/gpu.ts';

const driver = swiftshader.find((path) => existsSync(path));
if (driver) process.env.VK_DRIVER_FILES = driver;
describe.runIf(onBoth)('a second adapter', async () => {
  // Only convolutions are cut in two ways.
  await checkKernels('SwiftShader', { tiled: /convolution|linear/ });
});
