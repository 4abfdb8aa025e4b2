/** Values out of foreign JSON, each checked; every reader throws one sentence that names what it was reading. */

export type Fields = Record<string, unknown>;

export function object(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`The manifest's ${what} is not an object.`);
}

export function text(fields: Fields, key: string, pattern: RegExp, what: string): string {
  const value = fields[key];
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new Error(`The manifest's ${what} has no usable "${key}".`);
}

/** One of some words, or nothing. */
export function choice<const T extends string>(
  fields: Fields,
  key: string,
  allowed: readonly T[],
  what: string,
): T | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw new Error(`The manifest's ${what} knows "${key}" as ${allowed.join(' or ')} only.`);
}

export function number(fields: Fields, key: string, low: number, high: number, what: string): number {
  const value = fields[key];
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw new Error(`The manifest's ${what} needs "${key}" from ${low} to ${high}.`);
}

export function whole(fields: Fields, key: string, low: number, high: number, what: string): number {
  const value = number(fields, key, low, high, what);
  if (Number.isInteger(value)) return value;
  throw new Error(`The manifest's ${what} needs a whole number for "${key}".`);
}

export function wholes(fields: Fields, key: string, high: number, what: string, low = 1): number[] {
  const value = fields[key];
  const good = Array.isArray(value) && value.length > 0 && value.length <= 8;
  if (good && value.every((n) => Number.isInteger(n) && n >= low && n <= high)) return value as number[];
  throw new Error(`The manifest's ${what} needs a list of whole numbers for "${key}".`);
}
