/** Pictures, choices and results of comparisons, between visits. */

import { isTaught, taughtId } from '../../presets/teaching.ts';
import {
  type CompareInput,
  type CompareResult,
  type CompareScores,
  degradationNames,
  hasCurrentScores,
} from '../../protocol/compare.ts';
import { type CompareMethod, isClassical, isExternal, isNetwork, type UserOnnxName } from '../../report/methods.ts';
import { count, fields, type JsonFields, oneOf } from '../../report/run-record.ts';
import { onnxPicture } from '../external/user-onnx.ts';
import { readEntries, readIndex, readText, writeIndex } from '../storage/blob-store.ts';
import { alone, type Files } from '../storage/files.ts';

export interface StoredCompare {
  readonly inputs: readonly CompareInput[];
  readonly selected: string | null;
  readonly methods: readonly CompareMethod[];
}

/** Pictures of an input: as they came, the LR picture that was made, the learned one's y, and a method's. */
export type ComparePictureName = 'single' | 'low' | 'high' | 'made' | 'reference' | CompareMethod;

const isMethod = (name: unknown): name is CompareMethod =>
  typeof name === 'string' && (isClassical(name) || isNetwork(name) || isExternal(name));

function readMethod(name: unknown): CompareMethod {
  if (isMethod(name)) return name;
  throw new Error('This is no method.');
}

function readInput({ id, name, kind, degradation }: JsonFields): CompareInput {
  const drawn = fields(degradation);
  return {
    id: readText(id),
    name: readText(name),
    kind: oneOf(kind, ['single', 'pair'] satisfies CompareInput['kind'][]),
    degradation: { name: oneOf(drawn.name, degradationNames), seed: count(drawn.seed, 2 ** 32 - 1) },
  };
}

function readState(json: unknown): StoredCompare {
  const { inputs, selected, methods } = fields(json);
  return {
    inputs: readEntries(inputs, readInput),
    selected: typeof selected === 'string' ? selected : null,
    methods: Array.isArray(methods) ? methods.filter(isMethod) : [],
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value);
const numberOrNull = (value: unknown) => (isNumber(value) ? value : null);

const scoreNames = [
  'psnrRgb',
  'psnrY',
  'ssimY',
  'msSsim',
  'lpips',
  'niqe',
] as const satisfies readonly (keyof CompareScores)[];

function readScores(value: unknown): CompareScores | null {
  if (value === null) return null;
  const stored = fields(value);
  const known = scoreNames.filter((name) => isNumber(stored[name]) || stored[name] === null);
  return Object.fromEntries(known.map((name) => [name, stored[name]]));
}

function readResult(stored: JsonFields): CompareResult {
  const { preset, seed, colourLock } = fields(stored.settings);
  return withoutOldScores({
    method: readMethod(stored.method),
    settings: {
      // That of an earlier version makes the result one that is not current.
      preset: readText(preset) as CompareResult['settings']['preset'],
      seed: count(seed, 2 ** 32 - 1),
      colourLock: oneOf(colourLock, ['wavelet', 'ycbcr', 'off'] satisfies CompareResult['settings']['colourLock'][]),
    },
    fault: typeof stored.fault === 'string' ? stored.fault : null,
    ms: numberOrNull(stored.ms) ?? 0,
    megapixelsPerSecond: numberOrNull(stored.megapixelsPerSecond) ?? 0,
    peakBytes: numberOrNull(stored.peakBytes),
    parameters: numberOrNull(stored.parameters),
    scores: readScores(stored.scores),
    ...(isNumber(stored.metrics) ? { metrics: stored.metrics } : {}),
    ...(isNumber(stored.version) ? { version: stored.version } : {}),
  });
}

/** Of a result that was measured with other metrics: those that have not changed. */
function withoutOldScores(result: CompareResult): CompareResult {
  if (hasCurrentScores(result) || !result.scores) return result;
  const { psnrRgb, psnrY, ssimY, msSsim } = result.scores;
  return { ...result, scores: { psnrRgb, psnrY, ssimY, msSsim } };
}

const isUserOnnx = (name: ComparePictureName): name is UserOnnxName => name.startsWith('onnx:');
const fileName = (name: ComparePictureName) =>
  isUserOnnx(name) ? onnxPicture(name) : isTaught(name) ? `taught-${taughtId(name)}` : name;

const statePath = 'compare/state.json';

export class CompareStore {
  readonly #files: Files;
  /** Ids of the inputs that this tab has, or has removed. */
  readonly #known = new Set<string>();

  constructor(files: Files) {
    this.#files = files;
  }

  async state(): Promise<StoredCompare | null> {
    const state = await readIndex(this.#files, statePath, readState);
    for (const { id } of state?.inputs ?? []) this.#known.add(id);
    return state;
  }

  /** Leaves in it what another tab has added. */
  keepState(state: StoredCompare): Promise<boolean> {
    for (const { id } of state.inputs) this.#known.add(id);
    return alone(statePath, async () => {
      const { inputs = [] } = (await readIndex(this.#files, statePath, readState)) ?? {};
      const others = inputs.filter(({ id }) => !this.#known.has(id));
      return writeIndex(this.#files, statePath, { ...state, inputs: [...state.inputs, ...others] });
    });
  }

  #results = (id: string) => `compare/inputs/${id}/results.json`;
  results = async (id: string): Promise<CompareResult[]> =>
    (await readIndex(this.#files, this.#results(id), (json) => readEntries(json, readResult))) ?? [];
  keepResults = (id: string, results: readonly CompareResult[]) => writeIndex(this.#files, this.#results(id), results);

  picture = (id: string, name: ComparePictureName) => this.#files.read(`compare/inputs/${id}/${fileName(name)}`);
  keepPicture = (id: string, name: ComparePictureName, file: Blob) =>
    this.#files.write(`compare/inputs/${id}/${fileName(name)}`, file);
  removePicture = (id: string, name: ComparePictureName) =>
    this.#files.remove(`compare/inputs/${id}/${fileName(name)}`);
  removeInput = (id: string) => this.#files.remove(`compare/inputs/${id}`);
}
