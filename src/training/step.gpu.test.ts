/** One iteration against the trainer's fixture (tests/cotraining/README.md) on WebGPU. */
import { describe, it } from 'vitest';
import { checkIteration } from '../../tests/cotraining/check.ts';
import { findAdapter, onBoth } from '../../tests/support/gpu.ts';

const adapter = onBoth && (await findAdapter('co-training on WebGPU'));
// On a software adapter most of the time goes into compiling shaders: two that have all ops between them.
const cases = ['iteration_switches', 'iteration_efficientnet'] as const;

describe.skipIf(!adapter)("an iteration of co-training equals the trainer's", () => {
  it.each(cases)('on webgpu: %s', { timeout: 600_000 }, (name) => checkIteration('webgpu', name));
});
