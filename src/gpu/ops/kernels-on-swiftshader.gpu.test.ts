/** The same on a second adapter: SwiftShader, which comes with Chromium. */
import { existsSync } from 'node:fs';
import { checkKernels } from '../../../tests/kernels/check.ts';
import { swiftshader } from '../../../tests/support/gpu.ts';

const driver = swiftshader.find((path) => existsSync(path));
if (driver) process.env.VK_DRIVER_FILES = driver;
// Only convolutions are cut in two ways.
await checkKernels('SwiftShader', { tiled: /convolution|linear/ });
