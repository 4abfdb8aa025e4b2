/** Files of JSON lines: rows that are written as they come. */
import { readFile } from 'node:fs/promises';

/**
 * The rows of a file of JSON lines; none where there is no such file. A last line that was cut off by a crash or a full disk is
 * left out, and said.
 * @param revive as JSON.parse takes it
 * @throws one sentence naming the file and the line, for a damaged line before the last
 */
export async function readLines<T>(path: string, revive?: (key: string, value: unknown) => unknown): Promise<T[]> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line, revive) as T];
    } catch {
      if (i < lines.length - 1) throw new Error(`${path}: line ${i + 1} is damaged.`);
      process.stderr.write(`${path}: the last line is cut off and left out.\n`);
      return [];
    }
  });
}
