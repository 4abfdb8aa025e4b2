/**
 * A run as it is kept: its settings, its rows, its latest checkpoints and those that are pinned. Rows are written before a
 * checkpoint, so they may go beyond it, never end before it; the index comes last, and is mended from the files.
 */

import { describeChange, type TrainingConfig } from '../../paper/config.ts';
import type { StoredRunSummary, Teaching } from '../../protocol/train.ts';
import { MetricsLog } from '../../report/metrics-log.ts';
import type { RunBundle, StoredCheckpoint } from '../../report/run-bundle.ts';
import type { Annotation } from '../../report/run-metrics.ts';
import {
  type CheckpointSummary,
  type FramePicture,
  mostPins,
  type PinnedPicture,
  pinName,
  readList,
  readNotes,
  readStoredFrame,
  sortedPins,
} from '../../report/run-record.ts';
import { type Checkpoint, openCheckpoint } from '../../training/checkpoint.ts';
import type { Files } from '../storage/files.ts';
import {
  checkpointPath,
  type Exam,
  examPath,
  inMemory,
  picturesPath,
  pinPath,
  rowsPath,
  writeRunIndex,
} from './run-index.ts';

/** Beside these, the pinned ones stay. */
export const latestCheckpoints = 3;
export const mostPinned = 20;

const newestFirst = (a: CheckpointSummary, b: CheckpointSummary) => b.step - a.step;

export class StoredRun {
  readonly #files: Files;
  #record: StoredRunSummary;
  #rows: MetricsLog | null = null;

  /** @param record without checkpoints: of a run that begins; nothing is stored before its first one */
  constructor(files: Files, record: StoredRunSummary) {
    this.#files = files;
    this.#record = record;
  }

  get summary(): StoredRunSummary {
    return this.#record;
  }

  get id(): string {
    return this.#record.id;
  }

  get config(): TrainingConfig {
    return this.#record.config;
  }

  /** Iterations of the newest checkpoint, from which the run goes on; null before the first one. */
  get saved(): number | null {
    return this.#record.checkpoints.at(-1)?.step ?? null;
  }

  /** Of all iterations up to the newest checkpoint, and those that came since in this visit. */
  async rows(): Promise<MetricsLog> {
    this.#rows ??= await this.#storedRows();
    return this.#rows;
  }

  async #storedRows(): Promise<MetricsLog> {
    const rows = await MetricsLog.read(await this.#files.read(rowsPath(this.id)));
    rows.cut(this.saved ?? 0);
    return rows;
  }

  /** The same for a look: of a run that is not open, nothing stays in memory. */
  async peek(): Promise<MetricsLog> {
    return this.#rows ?? this.#storedRows();
  }

  /**
   * The settings from the next iteration on.
   * @param step iterations done
   * @returns what changed, for the charts; null: nothing that shows
   */
  async edit(config: TrainingConfig, step: number): Promise<Annotation | null> {
    const text = describeChange(this.config, config);
    const annotation = text === '' ? null : { step, text };
    if (annotation) (await this.rows()).note(annotation);
    await this.#change({ config });
    // Rows that no checkpoint covers do no harm: they are cut when they are read.
    if (annotation && this.saved !== null) await this.#writeRows();
    return annotation;
  }

  /** The findings of a run that makes an upscaler, so far; nothing of an ordinary one. */
  async teach(change: Partial<Teaching>): Promise<void> {
    const { teaching } = this.#record;
    if (teaching) await this.#change({ teaching: { ...teaching, ...change } });
  }

  /** The held-out crops as a picture; null: not made yet. */
  exam = (exam: Exam): Promise<Blob | null> => this.#files.read(examPath(this.id, exam));

  keepExam = (exam: Exam, picture: Blob): Promise<boolean> => this.#files.write(examPath(this.id, exam), picture);

  /** Takes the user's notes in the place of those before. */
  async note(notes: string): Promise<void> {
    await this.#change({ notes: readNotes(notes) });
  }

  /** Keeps a picture for the logbook. @throws one sentence when there are too many */
  async pinPanel(pin: PinnedPicture): Promise<void> {
    const others = this.#record.pins.filter((known) => pinName(known) !== pinName(pin));
    if (others.length >= mostPins)
      throw new Error(`A run keeps ${mostPins} pinned pictures at most: remove one first.`);
    await this.#files.write(pinPath(this.id, pin), pin.image);
    await this.#change({ pins: sortedPins([...others, await inMemory(pin)]) });
  }

  async unpinPanel(gone: Pick<PinnedPicture, 'step' | 'panel'>): Promise<void> {
    await this.#change({ pins: this.#record.pins.filter((known) => pinName(known) !== pinName(gone)) });
    await this.#files.remove(pinPath(this.id, gone));
  }

  async #writeRows(): Promise<boolean> {
    return this.#files.write(rowsPath(this.id), (await this.rows()).file());
  }

  async #change(change: Partial<StoredRunSummary>): Promise<boolean> {
    this.#record = { ...this.#record, ...change };
    return this.saved === null || writeRunIndex(this.#files, this.#record);
  }

  /**
   * Keeps a checkpoint, and lets go of the oldest that is neither pinned nor among the latest.
   * @returns false when it will be gone with the tab
   */
  async save(checkpoint: Blob, step: number): Promise<boolean> {
    const { preset, config: ran } = await openCheckpoint(checkpoint);
    const rowsKept = await this.#writeRows();
    const fileKept = await this.#write(checkpoint, step);
    const { checkpoints } = this.#record;
    const pinned = checkpoints.some((known) => known.step === step && known.pinned);
    const measured = (await this.rows()).latest('heldOut.psnrY');
    const made: CheckpointSummary = {
      step,
      bytes: checkpoint.size,
      saved: Date.now(),
      pinned,
      psnrY: measured?.value ?? null,
      psnrStep: measured?.step ?? null,
    };
    const all = [...checkpoints.filter((known) => known.step !== step), made].sort(newestFirst);
    const latest = all.filter((known) => !known.pinned).slice(0, latestCheckpoints);
    const kept = all.filter((known) => known.pinned || latest.includes(known));
    const recordKept = await this.#keep(kept, { preset: preset as StoredRunSummary['preset'], ran });
    return rowsKept && fileKept && recordKept;
  }

  /**
   * Takes over all of a run that came as a file, which the caller has checked.
   * @returns as `save`
   */
  async fill({ rows, frames, checkpoints, notes, pins }: RunBundle): Promise<boolean> {
    this.#rows = rows;
    let isKept = await this.#writeRows();
    isKept = (await writeFrames(this.#files, this.id, frames)) && isKept;
    for (const { summary, file } of checkpoints) {
      isKept = (await this.#files.write(checkpointPath(this.id, summary.step), file)) && isKept;
    }
    for (const pin of pins) isKept = (await this.#files.write(pinPath(this.id, pin), pin.image)) && isKept;
    const summaries = checkpoints.map(({ summary }) => summary);
    return (await this.#keep(summaries, { notes, pins: sortedPins(await Promise.all(pins.map(inMemory))) })) && isKept;
  }

  /** Takes these pictures in place of those that it has. */
  async keepFrames(frames: readonly FramePicture[]): Promise<void> {
    if (this.saved === null) return;
    const names = await this.#files.list(picturesPath(this.id));
    const steps = new Set(frames.map(({ frame }) => String(frame.step)));
    await writeFrames(this.#files, this.id, frames);
    for (const name of names) {
      if (/^\d+$/.test(name) && !steps.has(name)) await this.#files.remove(`${picturesPath(this.id)}/${name}`);
    }
  }

  /** The pictures that are kept of it. */
  frames = (): Promise<FramePicture[]> => readFrames(this.#files, this.id, this.saved ?? 0);

  /** All checkpoints with their files, oldest first. */
  checkpoints(): Promise<StoredCheckpoint[]> {
    const { checkpoints } = this.#record;
    return Promise.all(checkpoints.map(async (summary) => ({ summary, file: await this.file(summary.step) })));
  }

  /** A full disk costs the oldest checkpoint that isn't pinned. */
  async #write(checkpoint: Blob, step: number): Promise<boolean> {
    const path = checkpointPath(this.id, step);
    if (await this.#files.write(path, checkpoint)) return true;
    const oldest = this.#record.checkpoints.slice(0, -1).find((known) => !known.pinned);
    if (!oldest || !(await this.#files.hasDisk())) return false;
    await this.#keep(this.#record.checkpoints.filter((known) => known !== oldest));
    return this.#files.write(path, checkpoint);
  }

  /** Files go after the index names them no more, or a crash between would bring them back as pinned. */
  async #keep(checkpoints: readonly CheckpointSummary[], change: Partial<StoredRunSummary> = {}): Promise<boolean> {
    const kept = [...checkpoints].sort(newestFirst).reverse();
    const gone = this.#record.checkpoints.filter(({ step }) => !kept.some((known) => known.step === step));
    const isKept = await this.#change({ ...change, checkpoints: kept });
    for (const { step } of gone) await this.#files.remove(checkpointPath(this.id, step));
    return isKept;
  }

  /** A checkpoint's file. @throws one sentence when there is none */
  async file(step: number): Promise<Blob> {
    const file = await this.#files.read(checkpointPath(this.id, step));
    if (!file) throw new Error(`There is no checkpoint of iteration ${step}.`);
    return file;
  }

  /** The newest checkpoint, with the settings as they were then; null before the first one. @throws FormatError */
  async latest(): Promise<Checkpoint | null> {
    return this.saved === null ? null : openCheckpoint(await this.file(this.saved));
  }

  /** Back to a checkpoint and its settings: what came after goes. @throws when it can't be read; nothing changes then */
  async rewind(step: number): Promise<void> {
    const { config } = await openCheckpoint(await this.file(step));
    (await this.rows()).cut(step);
    await this.#writeRows();
    await this.#keep(
      this.#record.checkpoints.filter((known) => known.step <= step),
      { config, ran: config },
    );
  }

  /** Forgets rows that no checkpoint covers. @returns how many went */
  async cutRows(): Promise<number> {
    return (await this.rows()).cut(this.saved ?? 0);
  }

  /** A pinned checkpoint stays until somebody lets it go. @throws one sentence when too many are */
  async pin(step: number, pinned: boolean): Promise<void> {
    const { checkpoints } = this.#record;
    if (pinned && checkpoints.filter((known) => known.pinned).length >= mostPinned) {
      throw new Error(`A run keeps ${mostPinned} pinned checkpoints at most: unpin or delete one first.`);
    }
    await this.#keep(checkpoints.map((known) => (known.step === step ? { ...known, pinned } : known)));
  }

  /** @throws one sentence for the newest one, from which the run goes on */
  async discard(step: number): Promise<void> {
    if (step === this.saved) {
      throw new Error('The run goes on from its newest checkpoint: rewind to an older one first, or delete the run.');
    }
    await this.#keep(this.#record.checkpoints.filter((known) => known.step !== step));
  }
}

// The pictures of a run lie beside its checkpoints; those after the newest one are not shown.

const indexPath = (id: string) => `${picturesPath(id)}/index.json`;
const imagePath = (id: string, step: number) => `${picturesPath(id)}/${step}`;

/** @returns false when they will be gone with the tab */
async function writeFrames(files: Files, id: string, frames: readonly FramePicture[]): Promise<boolean> {
  if (frames.length === 0) return true;
  let isKept = true;
  for (const { frame, image } of frames) isKept = (await files.write(imagePath(id, frame.step), image)) && isKept;
  const index = frames.map(({ frame, image }) => ({ ...frame, type: image.type }));
  return (await files.write(indexPath(id), new Blob([JSON.stringify(index)]))) && isKept;
}

/** Those of iterations before a step; none where the index is damaged. */
async function readFrames(files: Files, id: string, step: number): Promise<FramePicture[]> {
  const found: FramePicture[] = [];
  try {
    const index = JSON.parse((await (await files.read(indexPath(id)))?.text()) ?? '[]');
    for (const { frame, type } of readList(index, (each) => ({
      frame: readStoredFrame(each),
      type: String(each.type),
    }))) {
      const file = frame.step < step ? await files.read(imagePath(id, frame.step)) : null;
      if (file) found.push({ frame, image: new Blob([file], { type }) });
    }
  } catch {
    // They were only there to be looked at.
  }
  return found;
}
