/** Command-line answers shared by the tools: one clear line and a non-zero exit. */

export function fail(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
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
