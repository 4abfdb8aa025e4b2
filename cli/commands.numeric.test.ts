/** The commands of package.json start as their users start them: from the sources, without a bundler. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = Object.entries(scripts).flatMap(([name, script]) => {
  const file = /^tsx (cli\/\S+)$/.exec(script)?.[1];
  return file ? [[name, file] as const] : [];
});

const started = (file: string, option: string) =>
  promisify(execFile)(resolve(root, 'node_modules/.bin/tsx'), [file, option], { cwd: root });

describe('a command from its sources', () => {
  it('is every one of these', () => {
    expect(commands.length).toBeGreaterThan(10);
  });

  it.concurrent.each(commands)(
    '%s answers an unknown option with a sentence or its usage',
    async (_, file) => {
      const { code, stdout, stderr } = await started(file, '--no-such-option').then(
        () => expect.unreachable('an unknown option was taken'),
        (error) => error as { code: number; stdout: string; stderr: string },
      );
      expect(stdout + stderr).toContain('--');
      expect(stdout + stderr).not.toContain('node:internal');
      expect(code).toBe(2);
    },
    120_000,
  );

  it.concurrent.each(commands)(
    '%s --help is its usage',
    async (name, file) => {
      const { stdout, stderr } = await started(file, '--help');
      expect(stdout).toContain(`Usage: npm run ${name} --`);
      expect(stderr).toBe('');
    },
    120_000,
  );
});
