/** Command-line answers shared by the tools: one clear line and a non-zero exit. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export function fail(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/**
 * The arguments as `config` describes them. `--help` and `-h` end the program with the usage, an option that `config` does not know
 * ends it with a sentence besides.
 */
export function parsed<const T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if ((config.args ?? process.argv.slice(2)).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${usage}`, 2);
  }
}

export function oneOf<const T extends readonly string[]>(option: string, value: string, allowed: T): T[number] {
  return allowed.includes(value)
    ? value
    : fail(`${option} must be one of ${allowed.join(', ')}; "${value}" is not.`, 2);
}

export function positiveInteger(option: string, text: string, largest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= largest) return value;
  return fail(`${option} must be a whole number from 0 to ${largest}; "${text}" is not.`, 2);
}
