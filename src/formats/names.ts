/** Names of files, and ids: one rule each for the page, the engine and the command line. */

/** "owl.png" → "owl". */
export const stem = (file: string): string => file.replace(/\.[^.]+$/, '');

/** Equal for the files of one picture as data sets name them: "0001x4.png" and "0001.png", "owl_LR.png" and "owl_HR.png". */
export const pairKey = (file: string): string =>
  stem(file)
    .replace(/[-_. ]?(x4|lr|hr|lq|hq|gt)$/i, '')
    .toLowerCase();

/** The name, or the first of "net (2).onnx", "net (3).onnx" … that is free. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const base = stem(name);
  for (let number = 2; ; number++) {
    const other = `${base} (${number})${name.slice(base.length)}`;
    if (!taken.has(other)) return other;
  }
}

/** An id that sorts by the time of its making, with 64 random bits. */
export const newId = (): string =>
  [Date.now(), ...crypto.getRandomValues(new Uint32Array(2))].map((number) => number.toString(36)).join('-');
