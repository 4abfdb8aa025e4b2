/**
 * Data that change with every iteration, outside of the store: the curves, this visit's pictures, and the running phase.
 * Drawing code listens; nothing here renders a component.
 */

import type { PanelName, PanelRect } from '../paper/names.ts';
import type { Event } from '../protocol/index.ts';
import type { Frame, TrainingState } from '../protocol/train.ts';
import { type Annotation, metricsColumns, type TrainingPhase } from '../report/run-metrics.ts';
import type { FramePicture } from '../report/run-record.ts';
import type { EngineClient } from './client.ts';
import { type CurveName, Curves } from './curves/curves.ts';
import type { Overlays } from './overlays.ts';

/** A panel and the sheet that it is on. */
export interface ShownPanel {
  /** Iterations that were done before its own. */
  readonly step: number;
  readonly atlas: ImageBitmap;
  readonly place: PanelRect;
}

export type FeedChange = 'rows' | 'panels' | 'phase';

/** Iterations that the pace is the mean of. */
const paceSpan = 8;

export class TrainingFeed {
  readonly #listeners = new Set<(change: FeedChange) => void>();
  readonly images = new ImageHistory();
  /** Of the kept runs that are shown beside this one. */
  readonly overlays: Overlays;
  readonly #stopOverlays: () => void;
  #curves = new Curves();
  #annotations: Annotation[] = [];
  #phase: TrainingPhase | null = null;
  #targets = 0;
  /** Sheets of the iteration under way, one for each phase that has run. */
  #parts: Frame[] = [];

  constructor(engine: EngineClient, overlays: Overlays) {
    this.overlays = overlays;
    this.#stopOverlays = overlays.listen(() => this.#tell('rows'));
    engine.listen((event) => this.#take(event));
  }

  /** Another object after a rewind or a reset. */
  get curves(): Curves {
    return this.#curves;
  }

  /** Of the newest iteration; null where it was not measured. */
  last(name: CurveName): number | null {
    const value = this.#curves.get(name).at(this.#curves.end - 1);
    return Number.isNaN(value) ? null : value;
  }

  /** Iterations that the rows go up to. */
  get step(): number {
    return this.#curves.span[1];
  }

  /** Iterations a second, of the last ones; null without any. */
  get pace(): number | null {
    const { end, first } = this.#curves;
    const times = this.#curves.get('timing.whole');
    let milliseconds = 0;
    const from = Math.max(first, end - paceSpan);
    for (let index = from; index < end; index++) milliseconds += times.at(index) || 0;
    return milliseconds > 0 ? (1000 * (end - from)) / milliseconds : null;
  }

  /** Crops that the teacher has sampled; 0 before the first iteration of this visit. */
  get targets(): number {
    return this.#targets;
  }

  get phase(): TrainingPhase | null {
    return this.#phase;
  }

  /** The run's pictures at an iteration. @param iteration null: the newest */
  frame(iteration: number | null): Frame | null {
    return iteration === null ? this.images.last : this.images.at(iteration - 1);
  }

  /** A panel at an iteration; of the newest, as the phases of the one under way have it. @param iteration null: the newest */
  panel(iteration: number | null, name: PanelName): ShownPanel | null {
    const newest = iteration === null ? [...this.#parts].reverse() : [];
    for (const frame of [...newest, this.frame(iteration)]) {
      const place = frame?.places.find((each) => each.name === name);
      if (frame && place) return { step: frame.step, atlas: frame.atlas, place };
    }
    return null;
  }

  /** Of an iteration whose phases are drawn as they come: its place, from 0; null: whole iterations are drawn. */
  get partStep(): number | null {
    return this.#parts[0]?.step ?? null;
  }

  #dropParts(): void {
    for (const { atlas } of this.#parts.splice(0)) atlas.close();
  }

  get annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  /** Returns the function that stops listening. */
  listen(listener: (change: FeedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the pictures' memory back. */
  dispose(): void {
    this.#stopOverlays();
    this.#dropParts();
    this.images.cut(0);
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'training-row':
        this.#targets = event.targets;
        this.#curves.push(event.values, 0);
        this.#tell('rows');
        break;
      case 'training-history': {
        this.#curves = new Curves();
        for (let at = 0; at < event.values.length; at += metricsColumns.length) this.#curves.push(event.values, at);
        this.#annotations = [...event.annotations];
        this.images.cut(this.step);
        this.#dropParts();
        this.#tell('rows');
        this.#tell('panels');
        break;
      }
      case 'training-annotation':
        this.#annotations.push(event.annotation);
        this.#tell('rows');
        break;
      case 'training-phase-frame':
        if (this.partStep !== event.frame.step) this.#dropParts();
        this.#parts.push(event.frame);
        this.#tell('panels');
        break;
      case 'training-frame':
        this.#dropParts();
        if (event.frame) this.images.push(event.frame);
        else this.images.cut(0);
        this.#tell('panels');
        break;
      case 'training-phase':
        this.#phase = event.phase;
        this.#tell('phase');
        break;
    }
  }

  #tell(change: FeedChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const mostFrames = 160;
const mostBytes = 64 * 2 ** 20;
const bytesOf = ({ atlas }: Frame) => 4 * atlas.width * atlas.height;

/**
 * Frames of past iterations, in memory. When there is no room for more, the frame that is missed least goes: of those
 * long ago fewer are left than of those just seen, evenly by powers.
 */
export class ImageHistory {
  #frames: Frame[] = [];
  #bytes = 0;

  /** In the order of their iterations. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  get last(): Frame | null {
    return this.#frames.at(-1) ?? null;
  }

  /** The last frame that is not after a step; the first one where all are. */
  at(step: number): Frame | null {
    return this.#frames.findLast((frame) => frame.step <= step) ?? this.#frames[0] ?? null;
  }

  push(frame: Frame): void {
    this.cut(frame.step);
    this.#frames.push(frame);
    this.#bytes += bytesOf(frame);
    while (this.#frames.length > 2 && (this.#frames.length > mostFrames || this.#bytes > mostBytes)) this.#thin();
  }

  /** Forgets the frames from a step on. */
  cut(step: number): void {
    while (this.last && this.last.step >= step) this.#drop(this.#frames.length - 1);
  }

  /** The first and the last frame stay; of the others goes the one whose neighbours are closest for their age. */
  #thin(): void {
    const now = this.last?.step ?? 0;
    let [least, index] = [Number.POSITIVE_INFINITY, 1];
    for (let i = 1; i < this.#frames.length - 1; i++) {
      const [before, after] = [this.#frames[i - 1], this.#frames[i + 1]];
      const gap = (after.step - before.step) / (now - before.step);
      if (gap < least) [least, index] = [gap, i];
    }
    this.#drop(index);
  }

  #drop(index: number): void {
    for (const frame of this.#frames.splice(index, 1)) {
      this.#bytes -= bytesOf(frame);
      frame.atlas.close();
    }
  }
}

const packed = new WeakMap<Frame, FramePicture>();

/**
 * Past iterations' panels as files, to be kept with their run; each is packed once. One after the other, so that a long history
 * takes no room twice; a frame that is forgotten meanwhile is left out.
 */
export async function framePictures(frames: readonly Frame[]): Promise<FramePicture[]> {
  const pictures: FramePicture[] = [];
  for (const frame of [...frames]) {
    const picture = packed.get(frame) ?? (await pack(frame));
    if (!picture) continue;
    packed.set(frame, picture);
    pictures.push(picture);
  }
  return pictures;
}

async function pack({ step, atlas, places, histograms, fixed }: Frame): Promise<FramePicture | null> {
  // Closed: it has no size any more.
  if (atlas.width === 0) return null;
  const canvas = new OffscreenCanvas(atlas.width, atlas.height);
  canvas.getContext('2d')?.drawImage(atlas, 0, 0);
  const image = await canvas.convertToBlob({ type: 'image/png' });
  const spread = histograms.map(({ name, shares }) => ({ name, shares: [...shares] }));
  return { frame: { step, places, histograms: spread, fixed }, image };
}

/** A panel as it is now, as PNG: it is read at once, whatever becomes of its sheet. */
export function panelPicture({ atlas, place: { y, width, height } }: ShownPanel): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.drawImage(atlas, 0, y, width, height, 0, 0, width, height);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Pictures of a run that are kept between visits; a bundle has all of them. */
const mostKept = 16;

/** At most so many, evenly, the first and the newest among them. */
function evenly<T>(all: readonly T[], most = mostKept): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]);
}

/** Keeps the open run's pictures with each of its checkpoints, so that it shows them when it is opened again. */
export function keepPictures(engine: EngineClient, { images }: Pick<TrainingFeed, 'images'>): void {
  let kept: Pick<TrainingState, 'run' | 'saved'> = { run: null, saved: null };
  engine.listen((event) => {
    if (event.type !== 'training-state') return;
    const { run, saved } = event.state;
    const isNew = run === kept.run && saved !== null && saved > (kept.saved ?? 0);
    kept = { run, saved };
    if (!isNew || run === null) return;
    const frames = evenly(images.frames.filter(({ step }) => step < saved));
    framePictures(frames).then(
      (pictures) => pictures.length > 0 && engine.send({ type: 'training-keep-pictures', run, frames: pictures }),
      // They are only there to be looked at: the run itself is kept.
      () => {},
    );
  });
}
