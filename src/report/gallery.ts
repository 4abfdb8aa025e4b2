/** The standard set's finished pictures, as `npm run gallery` lays them out and the Gallery page reads them. */
import { type DegradationKind, degradationKinds, degradationTitles } from '../degradation/settings.ts';
import { type EvaluationMethod, isFinished, isMethodName, type UserOnnxName } from './methods.ts';

/** Those that the LR picture alone leads to. */
export type GalleryMethod = Exclude<EvaluationMethod, `result:${string}`>;

/** Of one output against the truth. */
export interface GalleryScores {
  /** dB. */
  readonly psnrY: number;
  readonly lpips: number;
}

export interface GalleryPicture {
  /** Without ending; the same in all folders. */
  readonly name: string;
  readonly title: string;
  /** Its author and licence. */
  readonly credit: string;
  /** Of the truth, pixels; LR pictures have a quarter of each side. */
  readonly width: number;
  readonly height: number;
}

export interface GalleryRun {
  readonly method: GalleryMethod;
  readonly title: string;
  /** Of all that its pictures follow from. */
  readonly fingerprint: string;
  /** By picture; one that is missing was not made. */
  readonly scores: Readonly<Record<string, GalleryScores>>;
}

export interface GallerySet {
  readonly degradation: DegradationKind;
  readonly runs: readonly GalleryRun[];
}

export interface GalleryIndex {
  readonly version: 1;
  /** Of the noise. */
  readonly seed: number;
  readonly pictures: readonly GalleryPicture[];
  readonly sets: readonly GallerySet[];
}

/** Below the page's address. */
export const galleryFolder = 'gallery';
export const galleryIndexFile = 'index.json';

/** Of an ONNX file its name alone: a folder name that every system takes. */
const folderOf = (method: GalleryMethod): string =>
  (method.split(/[\\/:]/).at(-1) ?? method).replace(/\.onnx$/, '').replace(/[^\w.@-]/g, '_');

/** A picture's file below the gallery's folder. @param layer of a set; the truth is one for all */
export function galleryFile(
  picture: string,
  degradation: DegradationKind,
  layer: 'lr' | 'truth' | GalleryMethod,
): string {
  if (layer === 'truth') return `truth/${picture}.webp`;
  return `${degradation}/${layer === 'lr' ? 'lr' : folderOf(layer)}/${picture}.webp`;
}

/** In the order of tables. */
export const galleryDegradations = Object.keys(degradationTitles) as readonly DegradationKind[];

/** "crop_animal_friends-by-aitzol-be" is "animal: friends by aitzol be". */
export function pictureTitle(name: string): string {
  const [kind = '', ...rest] = name.replace(/^crop_/, '').split('_');
  return [kind, rest.join(' ').replaceAll('-', ' ')].filter(Boolean).join(': ');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string';
const isSide = (value: unknown) => Number.isInteger(value) && (value as number) > 0;

const isPicture = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value.name) &&
  /^[\w.-]+$/.test(value.name) &&
  [value.title, value.credit].every(isText) &&
  [value.width, value.height].every(isSide);

const isRun = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value.method) &&
  isMethodName(value.method) &&
  !isFinished(value.method) &&
  isText(value.title) &&
  isRecord(value.scores) &&
  Object.values(value.scores).every(
    (scores) => isRecord(scores) && [scores.psnrY, scores.lpips].every(Number.isFinite),
  );

const isSet = (value: unknown): boolean =>
  isRecord(value) &&
  degradationKinds.some((kind) => kind === value.degradation) &&
  Array.isArray(value.runs) &&
  value.runs.every(isRun);

/** @throws one sentence that says what to do */
export function readGalleryIndex(json: unknown): GalleryIndex {
  const { version, seed, pictures, sets } = isRecord(json) ? json : {};
  const isWhole =
    version === 1 &&
    Number.isInteger(seed) &&
    Array.isArray(pictures) &&
    pictures.every(isPicture) &&
    Array.isArray(sets) &&
    sets.every(isSet);
  if (!isWhole)
    throw new Error(
      `${galleryFolder}/${galleryIndexFile} is not a gallery of this version: run \`npm run gallery\` again.`,
    );
  return json as GalleryIndex;
}

/** The methods with a picture of this one, in the index's order. */
export const runsOf = (index: GalleryIndex, degradation: DegradationKind, picture: string): readonly GalleryRun[] =>
  (index.sets.find((set) => set.degradation === degradation)?.runs ?? []).filter(({ scores }) => scores[picture]);

/** The pictures that all of these runs have: means over others would compare methods on different pictures. */
export const sharedPictures = (runs: readonly GalleryRun[]): readonly string[] =>
  Object.keys(runs[0]?.scores ?? {}).filter((name) => runs.every(({ scores }) => scores[name]));

/** An ONNX file's place on disk plays no part in what a method is. */
export const onnxNameOf = (file: string): UserOnnxName => `onnx:${file.split(/[\\/]/).at(-1)}`;
