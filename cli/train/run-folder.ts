/**
 * A training run's folder: metrics.jsonl, a row an iteration; checkpoint.safetensors, always whole; environment.json, what it
 * was computed on; where asked for, held-out.jsonl, and pictures/ with what is on them in pictures.jsonl.
 */
import { openAsBlob } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { HeldOutName, IterationRow } from '../../src/paper/names.ts';
import type { RunEnvironmentFacts, StoredFrame } from '../../src/report/run-record.ts';
import { type Checkpoint, openCheckpoint } from '../../src/training/checkpoint.ts';
import { heldOutNumbers, type Score } from '../../src/training/held-out.ts';
import { readLines } from '../json-lines.ts';
import { appendLine, checkOutputs, keepOriginal, writeFileWhole } from '../whole-file.ts';

/** Rewrites a file of JSON lines, if there is one. */
async function keepLines(path: string, keeps: (row: { step: number }) => boolean): Promise<void> {
  if (
    !(await access(path).then(
      () => true,
      () => false,
    ))
  )
    return;
  const kept = (await readLines<{ step: number }>(path)).filter(keeps);
  await writeFileWhole(path, kept.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

export class RunFolder {
  readonly path: string;
  readonly #metrics: string;
  readonly #heldOut: string;
  readonly #environment: string;
  readonly checkpoint: string;
  readonly #pictures: string;

  constructor(path: string) {
    this.path = path;
    this.#metrics = join(path, 'metrics.jsonl');
    this.#heldOut = join(path, 'held-out.jsonl');
    this.#environment = join(path, 'environment.json');
    this.checkpoint = join(path, 'checkpoint.safetensors');
    this.#pictures = join(path, 'pictures.jsonl');
  }

  /** For those that read a run: nothing of it is written over from now on. */
  async keepOriginals(): Promise<void> {
    const files = [this.#metrics, this.#heldOut, this.#environment, this.checkpoint, this.#pictures];
    for (const file of files) await keepOriginal(file);
  }

  /** For a new run. @throws one sentence when the folder holds one already, or can't hold one */
  async checkNew(): Promise<void> {
    const exists = await Promise.any([access(this.#metrics), access(this.checkpoint)]).then(
      () => true,
      () => false,
    );
    if (exists)
      throw new Error(`${this.path} holds a run already: go on with --resume ${this.path}, or choose another --out.`);
    await checkOutputs([this.checkpoint]);
  }

  async checkpointFile(): Promise<Blob> {
    try {
      return await openAsBlob(this.checkpoint);
    } catch {
      throw new Error(`${this.path} has no checkpoint.safetensors: there is no run to go on with.`);
    }
  }

  async open(): Promise<Checkpoint> {
    return openCheckpoint(await this.checkpointFile());
  }

  rows = (): Promise<IterationRow[]> => readLines(this.#metrics);

  frames = (): Promise<StoredFrame[]> => readLines(this.#pictures);

  /** The measurements by the iterations done before them. */
  async heldOut(): Promise<ReadonlyMap<number, Readonly<Partial<Record<HeldOutName, number>>>>> {
    const lines = await readLines<{ step: number; student: Score; bicubic: Score }>(this.#heldOut);
    return new Map(lines.map(({ step, student, bicubic }) => [step, heldOutNumbers(student, bicubic)]));
  }

  /** The machine that it was computed on last. */
  async environment(): Promise<RunEnvironmentFacts> {
    return JSON.parse(await readFile(this.#environment, 'utf8'));
  }

  /** Rows of iterations after the checkpoint go: they come again. So does a last line that was cut off. */
  async rewind(step: number): Promise<void> {
    await keepLines(this.#metrics, (row) => row.step < step);
    // The measurement at the start is made again by every run that begins there.
    await keepLines(this.#heldOut, (row) => step > 0 && row.step <= step);
    await keepLines(this.#pictures, (row) => row.step < step);
  }

  append(row: IterationRow): Promise<void> {
    return appendLine(this.#metrics, row);
  }

  /** @param step iterations done */
  appendHeldOut(step: number, scores: Readonly<Record<string, Score>>): Promise<void> {
    return appendLine(this.#heldOut, { step, ...scores });
  }

  /** @param pixels RGB in [0, 1], row-major */
  async appendPictures(frame: StoredFrame, pixels: Float32Array): Promise<void> {
    const height = frame.places.reduce((sum, place) => sum + place.height, 0);
    const bytes = Uint8Array.from(pixels, (value) => Math.round(255 * value));
    const picture = sharp(bytes, { raw: { width: bytes.length / 3 / height, height, channels: 3 } });
    await writeFileWhole(this.picturePath(frame.step), await picture.png().toBuffer());
    await appendLine(this.#pictures, frame);
  }

  picturePath = (step: number): string => join(this.path, 'pictures', `${step}.png`);

  async describe(environment: RunEnvironmentFacts): Promise<void> {
    await writeFileWhole(this.#environment, `${JSON.stringify(environment, null, 2)}\n`);
  }

  async save(checkpoint: Blob): Promise<void> {
    await writeFileWhole(this.checkpoint, new Uint8Array(await checkpoint.arrayBuffer()));
  }
}
