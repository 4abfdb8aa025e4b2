/** What a comparison keeps between visits: the pictures, the choices, the user's ONNX files and the results. */

import { type CompareInput, type CompareResult, hasCurrentScores, type UserOnnxModel } from '../../protocol/compare.ts';
import type { CompareMethod } from '../../report/methods.ts';
import type { Files } from '../storage/files.ts';

export interface StoredCompare {
  readonly inputs: readonly CompareInput[];
  readonly selected: string | null;
  readonly methods: readonly CompareMethod[];
  readonly models: readonly UserOnnxModel[];
}

/** Pictures of an input: as they came, the LR picture that was made, the learned one's y, and a method's. */
export type ComparePictureName = 'single' | 'low' | 'high' | 'made' | 'reference' | CompareMethod;

/** JSON has no infinity, which equal pictures have for their PSNR. */
const infinity = 'Infinity';
const write = (value: unknown) =>
  new Blob([JSON.stringify(value, (_, entry) => (entry === Number.POSITIVE_INFINITY ? infinity : entry))]);
const revive = (_: string, entry: unknown) => (entry === infinity ? Number.POSITIVE_INFINITY : entry);

/** Of a result that was measured with other metrics: those that have not changed. */
function withoutOldScores(result: CompareResult): CompareResult {
  if (hasCurrentScores(result) || !result.scores) return result;
  const { psnrRgb, psnrY, ssimY, msSsim } = result.scores;
  return { ...result, scores: { psnrRgb, psnrY, ssimY, msSsim } };
}

const fileName = (name: string) => name.replace(':', '-');

export class CompareStore {
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  /** What is damaged counts as nothing. */
  async #json<T>(path: string): Promise<T | null> {
    try {
      const file = await this.#files.read(path);
      return file ? (JSON.parse(await file.text(), revive) as T) : null;
    } catch {
      return null;
    }
  }

  state = () => this.#json<StoredCompare>('compare/state.json');
  keepState = (state: StoredCompare) => this.#files.write('compare/state.json', write(state));

  results = async (id: string) =>
    ((await this.#json<CompareResult[]>(`compare/inputs/${id}/results.json`)) ?? []).map(withoutOldScores);
  keepResults = (id: string, results: readonly CompareResult[]) =>
    this.#files.write(`compare/inputs/${id}/results.json`, write(results));

  picture = (id: string, name: ComparePictureName) => this.#files.read(`compare/inputs/${id}/${fileName(name)}`);
  keepPicture = (id: string, name: ComparePictureName, file: Blob) =>
    this.#files.write(`compare/inputs/${id}/${fileName(name)}`, file);
  removePicture = (id: string, name: ComparePictureName) =>
    this.#files.remove(`compare/inputs/${id}/${fileName(name)}`);
  removeInput = (id: string) => this.#files.remove(`compare/inputs/${id}`);

  model = (id: string) => this.#files.read(`compare/models/${id}`);
  keepModel = (id: string, file: Blob) => this.#files.write(`compare/models/${id}`, file);
  removeModel = (id: string) => this.#files.remove(`compare/models/${id}`);
}
