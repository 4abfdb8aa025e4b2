/** A test file's name tells its Vitest project (vitest.config.ts); here the projects are held to that by their imports. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { moduleGraph } from './support/module-graph.ts';

const { files, imports, closure } = moduleGraph(resolve(import.meta.dirname, '..'), ['src', 'cli', 'tests']);
const tests = files.filter((path) => /\.test\.tsx?$/.test(path));
const slow = /\.(numeric|gpu)\.test\.ts$/;
const fast = tests.filter((path) => !slow.test(path));
const numeric = tests.filter((path) => path.endsWith('.numeric.test.ts'));

/** Modules that open a backend, and packages that compute or start programs. */
const backends = ['cli/backend.ts', 'src/gpu/backend.ts', 'tests/support/backend.ts', 'tests/support/gpu.ts'];
const computing = /^(@tensorflow\/tfjs-backend|@tensorflow\/tfjs$|#gradients|onnxruntime|webgpu$|node:child_process)/;

/** Lines on the `modules` and `packages` that a test loads. */
function loads(test: string, modules: readonly string[], packages: RegExp): string[] {
  const loaded = closure([test]);
  const found = imports.filter(
    ({ from, to, specifier, isType }) =>
      loaded.has(from) && !isType && (to === null ? packages.test(specifier) : modules.includes(to)),
  );
  return found.map(({ from, specifier }) => `${test}: ${from} imports ${specifier}`);
}

describe('a test file', () => {
  it('without a kind in its name opens no backend, and starts no program', () => {
    expect(fast.flatMap((test) => loads(test, backends, computing))).toEqual([]);
  });

  it('of numerics needs no adapter', () => {
    expect(numeric.flatMap((test) => loads(test, ['tests/support/gpu.ts'], /^$/))).toEqual([]);
  });

  it('below src reaches the command line through tests/support alone', () => {
    const wrong = imports.filter(({ from, to }) => from.startsWith('src/') && to?.startsWith('cli/'));
    expect(wrong).toEqual([]);
  });
});
