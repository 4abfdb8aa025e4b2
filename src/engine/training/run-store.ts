/** All runs that are kept, a folder each (run-record.ts). */

import { newId } from '../../formats/names.ts';
import type { PictureFacts } from '../../imaging/picture-facts.ts';
import type { TrainingConfig } from '../../paper/config.ts';
import type { KeptPreset, PresetName } from '../../presets/presets.ts';
import { mostRuns, type StoredRunSummary, type Teaching } from '../../protocol/train.ts';
import type { RunBundle } from '../../report/run-bundle.ts';
import { noNotes } from '../../report/run-record.ts';
import { openCheckpoint } from '../../training/checkpoint.ts';
import type { Files } from '../storage/files.ts';
import { folderOf, readRunIndex, runIds } from './run-index.ts';
import { StoredRun } from './stored-run.ts';

const touched = ({ checkpoints, created }: StoredRunSummary) => checkpoints.at(-1)?.saved ?? created;

export class RunStore {
  readonly #files: Files;
  readonly #runs = new Map<string, StoredRun>();
  #loaded: Promise<void> | null = null;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Reads what earlier visits left; what is beyond mending goes. */
  load(): Promise<void> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async #load(): Promise<void> {
    for (const id of await runIds(this.#files)) {
      const record = await readRunIndex(this.#files, id);
      if (record) this.#runs.set(id, new StoredRun(this.#files, record));
      else await this.#files.remove(folderOf(id));
    }
  }

  /** Those with a checkpoint, the one that was saved last first. */
  get summaries(): readonly StoredRunSummary[] {
    const kept = [...this.#runs.values()].filter(({ saved }) => saved !== null);
    return kept.map(({ summary }) => summary).sort((a, b) => touched(b) - touched(a));
  }

  /** The run that was saved last; null without any. */
  get newest(): StoredRun | null {
    return this.#runs.get(this.summaries[0]?.id ?? '') ?? null;
  }

  /** Null when it is gone. */
  find(id: string): StoredRun | null {
    return this.#runs.get(id) ?? null;
  }

  /** @throws one sentence when it is gone */
  get(id: string): StoredRun {
    const run = this.#runs.get(id);
    if (!run) throw new Error('This run is no longer kept.');
    return run;
  }

  /** A run at its start; it takes room in the store with its first checkpoint. @throws one sentence when there are too many */
  begin(
    preset: PresetName,
    config: TrainingConfig,
    pictures: StoredRunSummary['pictures'],
    teaching?: Teaching,
  ): StoredRun {
    return this.#add({ preset, config, pictures, parent: null, ...(teaching && { teaching }) });
  }

  #add(facts: Pick<StoredRunSummary, 'preset' | 'config' | 'pictures' | 'parent' | 'teaching'>): StoredRun {
    if (this.summaries.length >= mostRuns) {
      throw new Error(`${mostRuns} runs are kept, which is the most: delete one first.`);
    }
    for (const [id, { saved }] of this.#runs) if (saved === null) this.#runs.delete(id);
    const run = new StoredRun(this.#files, {
      ...facts,
      ran: facts.config,
      id: newId(),
      created: Date.now(),
      checkpoints: [],
      ...noNotes,
    });
    this.#runs.set(run.id, run);
    return run;
  }

  /** A new run that starts where another one was, with its rows so far; that one stays as it is. */
  async fork(id: string, step: number): Promise<StoredRun> {
    const source = this.get(id);
    const file = await source.file(step);
    const { config } = await openCheckpoint(file);
    const { preset, pictures } = source.summary;
    const fork = this.#add({ preset, pictures, config, parent: { run: id, step } });
    const rows = await fork.rows();
    rows.copy(await source.rows(), step);
    await fork.save(file, step);
    return fork;
  }

  /** A run from a checkpoint's file, which the caller has checked. @throws as `begin` */
  async adopt(file: Blob, pictures: readonly PictureFacts[] | null): Promise<StoredRun> {
    const { preset, config, step } = await openCheckpoint(file);
    const run = this.#add({ preset: preset as KeptPreset, config, pictures, parent: null });
    await run.save(file, step);
    return run;
  }

  /** A run from a file that another device may have written, and that the caller has checked. @throws as `begin` */
  async restore(bundle: RunBundle): Promise<{ run: StoredRun; isKept: boolean }> {
    const { preset, config, pictures } = bundle;
    const run = this.#add({ preset, config, pictures, parent: null });
    return { run, isKept: await run.fill(bundle) };
  }

  async delete(id: string): Promise<void> {
    this.#runs.delete(id);
    await this.#files.remove(folderOf(id));
  }
}
