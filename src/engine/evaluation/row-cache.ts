/** The cache of measured rows: the key, since rows of the same key need not be measured again, and their outputs as files. */
import { enlargeMethods } from '../../imaging/resize.ts';
import type { Manifest } from '../../presets/manifest.ts';
import { isTaught, taughtId } from '../../presets/teaching.ts';
import type { EvaluationOptions } from '../../protocol/evaluate.ts';
import { metricsVersion } from '../../report/columns.ts';
import { type EvaluationMethod, isExternal, isFinished, laterVersion } from '../../report/methods.ts';
import { taughtMethodOf } from '../models/user-models.ts';
import { sha256 } from '../runtime/model-source.ts';
import type { Files } from '../storage/files.ts';

/** One hash of a preset's files; without the user's own networks, which change no other method's results. */
export const weightsHash = ({ files }: Pick<Manifest, 'files'>): Promise<string> => {
  const shipped = files.filter((file) => taughtMethodOf(file) === null);
  return sha256(new Blob([JSON.stringify(shipped.map((file) => [file.name, file.sha256]))]));
};

/** Hash of the file of a network of the user's own; null for other methods, and where it is gone. */
export const taughtHash = (method: EvaluationMethod, { files }: Pick<Manifest, 'files'>): string | null =>
  isTaught(method) ? (files.find((file) => taughtMethodOf(file) === method)?.sha256 ?? null) : null;

export interface RowSources {
  /** Hashes of its pictures, and how LR was made from HR. */
  readonly pictures: readonly string[];
  /** One hash of the preset's files. */
  readonly weights: string;
  readonly options: EvaluationOptions;
  /** Hash of the file of an external model, of a finished output, or of a network of the user's own; null for those that come with the page. */
  readonly file: string | null;
  /** Metrics of the user's, with their files' hashes. */
  readonly metrics: readonly string[];
}

export function keyOf(method: EvaluationMethod, name: string, sources: RowSources): string {
  const { pictures, weights, options, file, metrics } = sources;
  const { preset, seed, colourLock, tile } = options;
  const isClassical = (enlargeMethods as readonly string[]).includes(method);
  // The seed also draws degradations.
  const follows = isClassical
    ? [seed]
    : isFinished(method)
      ? [seed, null, null, file]
      : isExternal(method)
        ? [seed, tile, file]
        : [seed, tile, preset, colourLock, weights, ...(isTaught(method) ? [file] : laterVersion(method))];
  // A name that is changed changes no result.
  const called = isTaught(method) ? `taught@${taughtId(method)}` : method;
  return JSON.stringify([metricsVersion, called, name, pictures, metrics, ...follows]);
}

/** Of a row's key: rows of the same method, tile and preset take as long a pixel. */
export function paceKeyOf(key: string): string {
  const [, method, , , , , tile, preset] = JSON.parse(key) as unknown[];
  return JSON.stringify([method, tile, preset]);
}

/** Most bytes of pictures on disk, and in memory where there is none. */
const mostBytes = { disk: 2 ** 30, memory: 2 ** 27 };
const outputFolder = 'evaluation/outputs';

interface KeptOutput {
  readonly path: string;
  readonly bytes: number;
}

/** The outputs of measured rows, as PNG files. Their names say their order, size and row, so that there is no list to be kept whole. */
export class OutputStore {
  readonly #files: Files;
  /** By the row's hash, the oldest first. */
  readonly #kept = new Map<string, KeptOutput>();
  #number = 0;
  #budget = mostBytes.disk;

  constructor(files: Files) {
    this.#files = files;
  }

  async load(): Promise<void> {
    const found = (await this.#files.list(outputFolder)).flatMap((name) => {
      const [, number, bytes, hash] = /^(\d+)-(\d+)-([0-9a-f]{64})$/.exec(name) ?? [];
      return hash === undefined
        ? []
        : [{ path: `${outputFolder}/${name}`, number: Number(number), bytes: Number(bytes), hash }];
    });
    for (const { hash, path, bytes, number } of found.sort((a, b) => a.number - b.number)) {
      this.#kept.set(hash, { path, bytes });
      this.#number = number + 1;
    }
  }

  /** @param key of the row; a picture that is kept for it goes */
  async keep(key: string, file: Blob): Promise<void> {
    const hash = await sha256(new Blob([key]));
    await this.#drop(hash);
    const path = `${outputFolder}/${this.#number++}-${file.size}-${hash}`;
    if (!(await this.#files.write(path, file))) this.#budget = mostBytes.memory;
    this.#kept.set(hash, { path, bytes: file.size });
    let bytes = [...this.#kept.values()].reduce((sum, kept) => sum + kept.bytes, 0);
    for (const [oldest, kept] of this.#kept) {
      if (bytes <= this.#budget || oldest === hash) break;
      bytes -= kept.bytes;
      await this.#drop(oldest);
    }
  }

  /** Null: there is none any more, or never was. */
  async get(key: string): Promise<Blob | null> {
    const kept = this.#kept.get(await sha256(new Blob([key])));
    return kept ? this.#files.read(kept.path) : null;
  }

  async #drop(hash: string): Promise<void> {
    const kept = this.#kept.get(hash);
    this.#kept.delete(hash);
    if (kept) await this.#files.remove(kept.path);
  }

  async clear(): Promise<void> {
    this.#kept.clear();
    await this.#files.remove(outputFolder);
  }
}
