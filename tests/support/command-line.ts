/** The command line as a program of its own, for tests. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The repository's root: the folder that commands run in. */
export const root = resolve(import.meta.dirname, '../..');

/** Arguments for Node that run `cli/TOOL.ts`: without npx, whose own start takes as long as ours. */
export const toolArguments = (tool: string, ...args: readonly string[]): string[] => [
  '--import',
  'tsx',
  `cli/${tool}.ts`,
  ...args,
];

/** Runs `npm run TOOL -- ARGS` to its end. */
export const runTool = (tool: string, ...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, toolArguments(tool, ...args), { cwd: root, encoding: 'utf8' });
