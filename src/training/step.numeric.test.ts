/** One iteration against the trainer's fixture (tests/cotraining/README.md) on WebAssembly. */
import { describe, it } from 'vitest';
import { checkIteration } from '../../tests/cotraining/check.ts';
import { fixtures } from '../../tests/cotraining/load.ts';

describe("an iteration of co-training equals the trainer's", () => {
  it.each(fixtures)('on wasm: %s', { timeout: 600_000 }, (name) => checkIteration('wasm', name));
});
