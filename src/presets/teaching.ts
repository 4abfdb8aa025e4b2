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
  /** dB; ∞, which JSON writes as null, where pictures are equal. */
  readonly psnrY: number;
  /** AlexNet, v0.1; null: not measured. */
  readonly lpips: number | null;
}

/** A taught network's facts, which travel in its file. */
export interface TaughtFacts {
  readonly name: string;
  readonly id: string;
  /** Pictures that it was given, the held-out ones among them. */
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
      psnrY: psnrY === null ? Number.POSITIVE_INFINITY : number(psnrY, 0, 200),
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

/** Runs on WebAssembly and on software adapters are smaller. */
export interface TeachingSize {
  readonly crop: number;
  readonly window: number;
  readonly batch: number;
  readonly pool: number;
  readonly iterations: number;
}

const teachingSizes: Readonly<Record<'gpu' | 'cpu', TeachingSize>> = {
  gpu: { crop: 32, window: 16, batch: 4, pool: 480, iterations: 600 },
  cpu: { crop: 16, window: 8, batch: 1, pool: 240, iterations: 240 },
};

/** Origin of small pictures of the kind: as photographs from the net, or reduced and nothing else. */
export const teachingDegradations = ['realesrgan-test', 'bicubic'] as const;
export type TeachingDegradation = (typeof teachingDegradations)[number];

/** One picture in five is held out, eight at most. */
export const heldOutOf = (pictures: number): number => Math.max(1, Math.min(8, Math.floor(pictures / 5)));

/** Held-out crops of all pictures together at the most: enough for an interval, few enough for WebAssembly. */
const heldOutCrops = 24;

export interface TeachingChoice {
  readonly pictures: number;
  readonly onGpu: boolean;
  readonly degradation: TeachingDegradation;
  /** Whether the weights in use have ours, and the networks that it was trained against. */
  readonly hasStudent: boolean;
  readonly hasPartners: boolean;
  /** Null: as many as suit the hardware. */
  readonly iterations: number | null;
}

/**
 * The settings of co-training (src/paper/options.ts) that teach the shipped student: its own recipe, from the shipped weights of all
 * networks, with the rate and the average of a short run. docs/own-upscaler.md has the reasons and the measurements.
 */
export function teachingSettings(choice: TeachingChoice) {
  const { pictures, onGpu, degradation, hasStudent, hasPartners } = choice;
  const { iterations: usual, ...size } = teachingSizes[onGpu ? 'gpu' : 'cpu'];
  const iterations = choice.iterations ?? usual;
  const heldOutPictures = heldOutOf(pictures);
  return {
    iterations,
    settings: {
      ...size,
      degradation,
      heldOutPictures,
      heldOutCrops: Math.floor(heldOutCrops / heldOutPictures),
      heldOutEvery: Math.ceil(iterations / 8),
      studentStart: hasStudent ? 'shipped' : 'teacher',
      partnerStart: hasPartners ? 'shipped' : 'fresh',
      denoiseWeight: 0.6,
      distillWeight: 0.5,
      perceptualWeight: 0.75,
      flatShare: 0.2,
      flatWeight: 40,
      lambdaMode: 'adaptive',
      lambdaHr: 0.35,
      lambdaLr: 0.1,
      learningRate: 1e-4,
      decaySteps: iterations,
      // Of a tenth of the run.
      ema: Math.max(0, 1 - 10 / iterations),
    },
  } as const;
}

/**
 * An iteration's time over the upscaler's for as many LR pixels: four networks forward and backward, two discriminators, the decoder.
 * Measured on WebAssembly (docs/own-upscaler.md); the first iterations of a run measure it anew.
 */
const iterationCost = 16;

/** A held-out crop is upscaled, and LPIPS measured. */
const measurementCost = 1.5;

interface Timed extends Pick<TeachingSize, 'crop' | 'batch'> {
  readonly heldOutPictures: number;
  readonly heldOutCrops: number;
  readonly heldOutEvery: number;
}

/**
 * Seconds that a run will take, by the upscaler's pace; the start, which loads the networks, comes on top.
 * @param msPerPixel milliseconds that the upscaler takes for an LR pixel
 */
export function teachingSeconds(config: Timed, iterations: number, msPerPixel: number): number {
  const { crop, batch, heldOutPictures, heldOutCrops: ofPicture, heldOutEvery } = config;
  // Before, after, and every so often between.
  const measured = (2 + iterations / heldOutEvery) * heldOutPictures * ofPicture * measurementCost;
  return ((iterations * batch * iterationCost + measured) * crop ** 2 * msPerPixel) / 1000;
}
