/**
 * The rows of an evaluation on disk, as they come: an evaluation that was killed goes on where it stood. A row is taken over
 * where pictures, weights, settings, metrics and adapter are the same.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keyOf, type RowSources, taughtHash, weightsHash } from '../../src/engine/evaluation/row-cache.ts';
import type { MeasuredRow } from '../../src/engine/evaluation/scores.ts';
import { type EvaluationMethod, isFinished } from '../../src/report/methods.ts';
import { readLines } from '../json-lines.ts';
import { appendLine, writeFileWhole } from '../whole-file.ts';
import type { EvaluateOptions } from './options.ts';
import type { PictureSet } from './pictures.ts';
import { memoryBudget, onnxPathOf, presetSource } from './run.ts';

interface Line extends MeasuredRow {
  readonly key: string;
}

/** JSON has no infinity, which is the PSNR of equal pictures. */
const infinite = '∞';
const replace = (_: string, value: unknown) =>
  value === Number.POSITIVE_INFINITY ? infinite : value instanceof Float32Array ? [...value] : value;
const revive = (_: string, value: unknown) => (value === infinite ? Number.POSITIVE_INFINITY : value);

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

/** Null where a file can't be read: its picture has no row to take over. */
const hashOrNull = (path: string) => hashOf(path).catch(() => null);

export class KeptRows {
  readonly path: string;
  readonly #rows = new Map<string, MeasuredRow>();
  readonly #keys: ReadonlyMap<string, string | null>;

  private constructor(path: string, lines: readonly Line[], keys: ReadonlyMap<string, string | null>) {
    this.path = path;
    this.#keys = keys;
    for (const { key, row, features } of lines) this.#rows.set(key, { row, features: restored(features) });
  }

  /**
   * @param path of the rows; made where it isn't there
   * @param adapter that the networks run on
   */
  static async open(
    path: string,
    { pictures }: PictureSet,
    methods: readonly EvaluationMethod[],
    options: EvaluateOptions,
    adapter: string,
  ): Promise<KeptRows> {
    const { hr, lr, degrade, preset, seed, colourLock, tile } = options;
    const manifest = await presetSource(options).manifest();
    const weights = await weightsHash(manifest);
    const metrics = await Promise.all(
      options.metrics.map(async (metric) => `${metric.name} ${await hashOf(metric.path)}`),
    );
    const keys = new Map<string, string | null>();
    const files = new Map<EvaluationMethod, string | null>();
    for (const method of methods) {
      const file = onnxPathOf(method);
      files.set(method, file === undefined ? taughtHash(method, manifest) : await hashOrNull(file));
    }
    for (const { name, truthFile = name } of pictures) {
      const paths = [hr && join(hr, truthFile), lr && join(lr, name)].filter((path) => path !== null);
      const hashes = await Promise.all(paths.map(hashOrNull));
      const known = hashes.filter((hash) => hash !== null);
      for (const method of methods) {
        const sources: RowSources = {
          pictures: [...known, degrade ?? '', adapter],
          weights,
          options: { preset, seed, colourLock, tile, memoryBudget },
          file: files.get(method) ?? null,
          metrics,
        };
        // Finished outputs are read anew: they may be others by now, and cost no work.
        const isKept = known.length === hashes.length && !isFinished(method);
        keys.set(`${method}/${name}`, isKept ? keyOf(method, name, sources) : null);
      }
    }
    await mkdir(dirname(path), { recursive: true });
    const lines = await readLines<Line>(path, revive);
    // Without half a last line, behind which the next row would stand.
    if (lines.length > 0)
      await writeFileWhole(path, lines.map((line) => `${JSON.stringify(line, replace)}\n`).join(''));
    return new KeptRows(path, lines, keys);
  }

  known(method: EvaluationMethod, name: string): MeasuredRow | null {
    return this.#rows.get(this.#keys.get(`${method}/${name}`) ?? '') ?? null;
  }

  async keep(method: EvaluationMethod, measured: MeasuredRow): Promise<void> {
    const key = this.#keys.get(`${method}/${measured.row.name}`);
    if (key) await appendLine(this.path, { key, ...measured }, replace);
  }

  /** Once all is measured and written. */
  remove = (): Promise<void> => rm(this.path, { force: true });
}

/** Features are vectors again. */
const restored = (features: MeasuredRow['features']): MeasuredRow['features'] =>
  Object.fromEntries(
    Object.entries(features).map(([name, { output, truth }]) => [
      name,
      { output: Float32Array.from(output), truth: Float32Array.from(truth) },
    ]),
  );
