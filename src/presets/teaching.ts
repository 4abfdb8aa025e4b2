/**
 * Upscalers that a user teaches on pictures of their own: their names as methods, the facts that their files carry, and the
 * settings of the training that makes them.
 */

/** `taught:NAME@ID`: the name is the user's; the id is the network's, and stays when it is renamed or shared. */
export type TaughtMethod = `taught:${string}@${string}`;

export const longestTaughtName = 40;

/** Pictures that an upscaler is taught on at the least; some of them are held out. */
export const fewestTaught = 5;

/** Commas and slashes part names in addresses and paths. */
const forbidden = /[@,/\\\p{C}]+/gu;
const pattern = /^taught:([^@,/\\\p{C}]{1,40})@([0-9a-f]{8})$/u;

export const isTaught = (method: string): method is TaughtMethod => pattern.test(method);

/** The user's name of it. */
export const taughtName = (method: TaughtMethod): string => pattern.exec(method)?.[1] ?? method;

/** Eight hexadecimal digits. */
export const taughtId = (method: TaughtMethod): string => pattern.exec(method)?.[2] ?? '';

/** A name as methods allow it; empty where nothing of the text is left. */
export const asTaughtName = (text: string): string =>
  [...text.replaceAll(forbidden, ' ').replaceAll(/\s+/g, ' ').trim()].slice(0, longestTaughtName).join('').trim();

/** @throws one sentence where the name is empty or the id is none */
export function taughtMethod(name: string, id: string): TaughtMethod {
  const method = `taught:${asTaughtName(name)}@${id}` as const;
  if (!isTaught(method)) throw new Error('An upscaler of your own needs a name of at least one letter.');
  return method;
}

/** Means over held-out crops of the user's pictures. */
export interface TaughtScores {
  /** dB. */
  readonly psnrY: number;
  /** AlexNet, v0.1; null: not measured. */
  readonly lpips: number | null;
}

/** A taught network's facts, which travel in its file. */
export interface TaughtFacts {
  readonly name: string;
  readonly id: string;
  /** Pictures that it was taught on. */
  readonly pictures: number;
  readonly iterations: number;
  /** Held-out crops that the scores are means of. */
  readonly crops: number;
  /** Of the student that it began as, and of the taught one. */
  readonly before: TaughtScores;
  readonly after: TaughtScores;
}

const key = 'taught';

/** The file's metadata: text, as safetensors has it. */
export const taughtMetadata = (facts: TaughtFacts): Readonly<Record<string, string>> => ({
  identity: key,
  [key]: JSON.stringify(facts),
});

/**
 * The facts in a file's metadata, of which nothing is trusted; null: the file is no taught network.
 * @throws one sentence, where they say impossible things
 */
export function readTaught(metadata: Readonly<Record<string, string>>): TaughtFacts | null {
  if (metadata.identity !== key) return null;
  try {
    const { name, id, pictures, iterations, crops, before, after } = JSON.parse(metadata[key] ?? '');
    const number = (value: unknown, low: number, high: number): number => {
      if (typeof value === 'number' && value >= low && value <= high) return value;
      throw new RangeError();
    };
    const scores = ({ psnrY, lpips }: TaughtScores) => ({
      psnrY: number(psnrY, 0, 200),
      lpips: lpips === null ? null : number(lpips, 0, 10),
    });
    const method = taughtMethod(String(name), String(id));
    return {
      name: taughtName(method),
      id: taughtId(method),
      pictures: number(pictures, 0, 1e6),
      iterations: number(iterations, 0, 1e9),
      crops: number(crops, 0, 1e6),
      before: scores(before),
      after: scores(after),
    };
  } catch {
    throw new Error('The file says it is an upscaler of somebody’s own, but its facts are damaged: ask for it again.');
  }
}
