/** A training run's folder: metrics.jsonl, a row an iteration; held-out.jsonl, where asked for; checkpoint.safetensors, always whole. */
import { openAsBlob } from 'node:fs';
import { access, appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../../src/training/checkpoint.ts';
import type { Score } from '../../src/training/held-out.ts';
import type { Row } from '../../src/training/measurements.ts';
import { writeFileWhole } from '../image-file.ts';

/** Rewrites a file of JSON lines, if there is one. */
async function keepLines(path: string, keeps: (row: { step: number }) => boolean): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return;
  const kept = text.split('\n').filter((line) => {
    try {
      return keeps(JSON.parse(line));
    } catch {
      return false;
    }
  });
  await writeFileWhole(path, kept.map((line) => `${line}\n`).join(''));
}

export class RunFolder {
  readonly path: string;
  readonly #metrics: string;
  readonly #heldOut: string;
  readonly #checkpoint: string;

  constructor(path: string) {
    this.path = path;
    this.#metrics = join(path, 'metrics.jsonl');
    this.#heldOut = join(path, 'held-out.jsonl');
    this.#checkpoint = join(path, 'checkpoint.safetensors');
  }

  /** For a new run. @throws one sentence when the folder holds one already */
  async create(): Promise<void> {
    const exists = await Promise.any([access(this.#metrics), access(this.#checkpoint)]).then(
      () => true,
      () => false,
    );
    if (exists)
      throw new Error(`${this.path} holds a run already: go on with --resume ${this.path}, or choose another --out.`);
    await mkdir(this.path, { recursive: true });
  }

  async open(): Promise<Checkpoint> {
    let blob: Blob;
    try {
      blob = await openAsBlob(this.#checkpoint);
    } catch {
      throw new Error(`${this.path} has no checkpoint.safetensors: there is no run to go on with.`);
    }
    return openCheckpoint(blob);
  }

  /** Rows of iterations after the checkpoint go: they come again. So does a last line that was cut off. */
  async rewind(step: number): Promise<void> {
    await keepLines(this.#metrics, (row) => row.step < step);
    await keepLines(this.#heldOut, (row) => row.step <= step);
  }

  append(row: Row): Promise<void> {
    return appendFile(this.#metrics, `${JSON.stringify(row)}\n`);
  }

  /** @param step iterations done */
  appendHeldOut(step: number, scores: Readonly<Record<string, Score>>): Promise<void> {
    return appendFile(this.#heldOut, `${JSON.stringify({ step, ...scores })}\n`);
  }

  async save(checkpoint: Blob): Promise<void> {
    await writeFileWhole(this.#checkpoint, new Uint8Array(await checkpoint.arrayBuffer()));
  }
}
