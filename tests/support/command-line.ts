/** The command line as a program of its own, for tests whose project builds its tools (build-tools.ts). */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** The repository's root: the folder that commands run in. */
export const root = resolve(import.meta.dirname, '../..');

/** Folder of the tools that build-tools.ts makes. */
export const builtTools = join(root, '.cache/tools');

/** Arguments for Node that run `cli/TOOL.ts`, as built. */
export const toolArguments = (tool: string, ...args: readonly string[]): string[] => [
  join(builtTools, `${tool}.mjs`),
  ...args,
];

/** Runs `npm run TOOL -- ARGS` to its end. */
export const runTool = (tool: string, ...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, toolArguments(tool, ...args), { cwd: root, encoding: 'utf8' });

/** Makes a disk of so many kilobytes at a folder, for one command alone; Linux lets every user do that in namespaces of his own. */
const onSmallDisk = [
  '-rm',
  'sh',
  '-c',
  'mount -t tmpfs -o size="$1" tmpfs "$0" || exit 99; shift; "$@"; rc=$?; ls -A "$0"; exit $rc',
];

/** Whether this machine makes such disks. */
export const hasSmallDisks = (): boolean =>
  process.platform === 'linux' && spawnSync('unshare', [...onSmallDisk, '/tmp', '64k', 'true']).status === 0;

/**
 * As `runTool`, with a disk of so many kilobytes at `folder`, which is empty before and after.
 * @returns the names that were left on it last, behind what the tool printed
 */
export const runOnSmallDisk = (folder: string, kilobytes: number, tool: string, ...args: readonly string[]) =>
  spawnSync('unshare', [...onSmallDisk, folder, `${kilobytes}k`, process.execPath, ...toolArguments(tool, ...args)], {
    cwd: root,
    encoding: 'utf8',
  });
