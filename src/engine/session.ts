/**
 * The worker's side of the conversation: one session holds the compute engine, the stored queue and the jobs, takes
 * commands in order and reports every change as an event. It owns no pixels longer than a job or a view needs them.
 */
import { FormatError } from '../formats/format-error.ts';
import { hasAlpha } from '../imaging/alpha.ts';
import type { Rgba8 } from '../imaging/image.ts';
import { Compute, type ComputeEnvironment, DeviceLostError, TileMemoryError } from './compute.ts';
import { diagnose } from './diagnosis.ts';
import { Job, scale } from './job.ts';
import type { Library, LibraryRecord } from './library.ts';
import { asImageData, bitmapPixels, context, decodeBitmap, encode, extension, thumbnail } from './pictures.ts';
import { predict } from './prediction.ts';
import type { BackendRequest, Command, Event, JobResult, JobState, Rect, UpscaleOptions } from './protocol.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

interface Item {
  record: LibraryRecord;
  readonly width: number;
  readonly height: number;
  /** Present from the first run until the result is stored. */
  run: { readonly job: Job; readonly output: OffscreenCanvas } | null;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

export class Session {
  readonly #emit: (event: Event, transfer?: Transferable[]) => void;
  readonly #environment: ComputeEnvironment;
  readonly #library: Library;
  readonly #items = new Map<string, Item>();
  readonly #waiting: string[] = [];
  #compute: Compute | null = null;
  #options: UpscaleOptions | null = null;
  #backend: BackendRequest = 'auto';
  #configured = 0;
  #running: { readonly id: string; readonly abort: AbortController } | null = null;
  #view: { readonly id: string | null; readonly visible: Rect | null } = { id: null, visible: null };

  constructor(
    environment: ComputeEnvironment,
    library: Library,
    emit: (event: Event, transfer?: Transferable[]) => void,
  ) {
    this.#environment = environment;
    this.#library = library;
    this.#emit = emit;
    if (!library.persistent) {
      emit({
        type: 'notice',
        level: 'warning',
        message:
          'This window keeps nothing between visits (private window or insecure address): download results before closing it.',
      });
    }
  }

  async handle(command: Command): Promise<void> {
    switch (command.type) {
      case 'configure':
        return this.#configure(command);
      case 'restore':
        return this.#restore();
      case 'add':
        return this.#add(command);
      case 'remove':
        return this.#remove(command.id);
      case 'run':
        return this.#run(command.ids);
      case 'cancel':
        return this.#cancel(command.id);
      case 'view':
        return this.#look(command);
      case 'export':
        return this.#export(command);
      case 'diagnose':
        return this.#emit({ type: 'diagnosis', diagnosis: await diagnose(this.#compute) });
      case 'lose-device':
        return this.#compute?.loseDevice();
    }
  }

  async #configure({ backend, options }: Of<'configure'>): Promise<void> {
    const before = this.#options;
    this.#options = options;
    const same =
      this.#compute !== null &&
      before !== null &&
      backend === this.#backend &&
      (['preset', 'method', 'tile', 'memoryBudget'] as const).every((key) => before[key] === options[key]);
    this.#backend = backend;
    if (!same) await this.#open();
  }

  /** Opens (or re-opens) the engine; a later call overtakes an earlier one still loading. */
  async #open(): Promise<void> {
    const turn = ++this.#configured;
    const options = this.#options;
    if (!options) return;
    const old = this.#compute;
    // Without an engine the queue stands still; the image in work stops after its tile and goes first again.
    this.#compute = null;
    if (this.#running) {
      this.#waiting.unshift(this.#running.id);
      this.#running.abort.abort();
    }
    while (this.#running) await pause();
    old?.dispose();
    if (turn !== this.#configured) return;
    this.#emit({ type: 'engine-opening', message: 'Opening the compute backend …' });
    try {
      const compute = await Compute.open(this.#environment, { backend: this.#backend, ...options }, (event) =>
        this.#emit(event),
      );
      if (turn !== this.#configured) return compute.dispose();
      this.#compute = compute;
      this.#emit({ type: 'engine-ready', ready: compute.ready });
      for (const [id, item] of this.#items) this.#emitPrediction(id, item);
      void this.#pump();
    } catch (error) {
      if (turn === this.#configured) this.#emit({ type: 'engine-failed', message: sentence(error) });
    }
  }

  async #restore(): Promise<void> {
    let count = 0;
    for (const stored of await this.#library.records()) {
      if (this.#items.has(stored.id)) continue;
      const file = await this.#library.input(stored.id);
      const finished = stored.state === 'done' && (await this.#library.result(stored.id)) !== null;
      // A run that was cut off by a reload has lost its tiles; its image has not.
      const state: JobState = finished ? 'done' : stored.state === 'failed' ? 'failed' : 'ready';
      try {
        if (!file) throw new FormatError('The stored image is gone.');
        await this.#register(file, { ...stored, state }, true);
        count++;
      } catch {
        await this.#library.remove(stored.id);
      }
    }
    this.#emit({ type: 'restored', count });
  }

  async #add({ id, name, file }: Of<'add'>): Promise<void> {
    try {
      const record: LibraryRecord = { id, name, added: Date.now(), state: 'ready', result: null, message: null };
      await this.#register(file, record, false);
      await this.#library.keepInput(id, file);
      await this.#library.save(record);
    } catch (error) {
      this.#emit({ type: 'image-rejected', id, name, message: sentence(error) });
    }
  }

  async #register(file: Blob, record: LibraryRecord, restored: boolean): Promise<void> {
    const bitmap = await decodeBitmap(file);
    const { width, height } = bitmap;
    const alpha = hasAlpha(bitmapPixels(bitmap));
    const small = await thumbnail(bitmap);
    bitmap.close();
    this.#items.set(record.id, { record, width, height, run: null });
    this.#emit(
      {
        type: 'image-added',
        image: { id: record.id, name: record.name, width, height, hasAlpha: alpha, bytes: file.size },
        state: record.state,
        prediction: predict(this.#compute, width, height),
        result: record.result,
        restored,
        thumbnail: small,
      },
      [small],
    );
  }

  async #remove(id: string): Promise<void> {
    await this.#cancel(id);
    while (this.#running?.id === id) await pause();
    this.#items.delete(id);
    await this.#library.remove(id);
    this.#emit({ type: 'image-removed', id });
  }

  #run(ids: readonly string[]): void {
    for (const id of ids) {
      const item = this.#items.get(id);
      if (!item || this.#waiting.includes(id) || this.#running?.id === id) continue;
      this.#waiting.push(id);
      this.#setState(id, item, 'waiting');
    }
    void this.#pump();
  }

  async #cancel(id: string): Promise<void> {
    const place = this.#waiting.indexOf(id);
    const item = this.#items.get(id);
    if (place >= 0 && item) {
      this.#waiting.splice(place, 1);
      this.#setState(id, item, item.run ? 'paused' : 'ready');
    }
    if (this.#running?.id === id) this.#running.abort.abort();
  }

  /** Runs the queue, one image at a time, until it is empty or the engine is away. */
  async #pump(): Promise<void> {
    while (!this.#running && this.#compute) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const item = this.#items.get(id);
      if (!item || !this.#options) continue;
      const running = { id, abort: new AbortController() };
      this.#running = running;
      try {
        await this.#runOne(id, item, this.#compute, this.#options, running.abort.signal);
      } finally {
        this.#running = null;
      }
    }
  }

  async #runOne(id: string, item: Item, compute: Compute, options: UpscaleOptions, signal: AbortSignal): Promise<void> {
    try {
      const { job, output } = await this.#prepare(id, item, compute, options);
      const drawing = context(output);
      const show = (rect: Rect, pixels: Rgba8) => {
        drawing.putImageData(asImageData(pixels), rect.x, rect.y);
        if (this.#view.id === id) void this.#paintPixels(id, rect, pixels);
      };
      this.#setState(id, item, 'running');
      const finished = await job.run(compute, {
        signal,
        visible: () => (this.#view.id === id ? this.#view.visible : null),
        onProgress: (progress) =>
          this.#emit({ type: 'job', id, state: 'running', progress, result: null, message: null }),
        onTile: show,
        onBlock: show,
      });
      if (!finished) return this.#setState(id, item, this.#waiting.includes(id) ? 'waiting' : 'paused');
      const result: JobResult = {
        seconds: job.seconds,
        megapixels: (output.width * output.height) / 1e6,
        options,
        backend: compute.ready.backend,
        tile: compute.ready.tile,
      };
      await this.#library.keepResult(id, await encode(output, 'png', 1));
      item.run = null;
      this.#setState(id, item, 'done', { result });
    } catch (error) {
      this.#recover(id, item, compute, options, error);
    }
  }

  /** A lost device is rebuilt and the run goes on; a tile that did not fit is halved; anything else fails this image alone. */
  #recover(id: string, item: Item, compute: Compute, options: UpscaleOptions, error: unknown): void {
    const again = (message: string) => {
      this.#waiting.unshift(id);
      this.#setState(id, item, 'waiting');
      this.#emit({ type: 'notice', level: 'warning', message });
    };
    if (error instanceof DeviceLostError) {
      this.#compute = null;
      again(`The GPU device was lost (${error.reason}). It is being rebuilt, and the run goes on where it stopped.`);
      compute.dispose();
      setTimeout(() => void this.#open());
      return;
    }
    try {
      if (!(error instanceof TileMemoryError)) throw error;
      compute.shrink(options.memoryBudget, error.message);
      again(`Memory ran out, so this image starts again with smaller tiles: ${compute.ready.tileReason}`);
      this.#emit({ type: 'engine-ready', ready: compute.ready });
    } catch (final) {
      item.run = null;
      this.#setState(id, item, 'failed', { message: sentence(final) });
    }
  }

  /** The run to continue, if it was started with the same options and tile; else a fresh one. */
  async #prepare(id: string, item: Item, compute: Compute, options: UpscaleOptions): Promise<NonNullable<Item['run']>> {
    if (item.run?.job.matches(compute.ready.tile, options)) return item.run;
    const file = await this.#library.input(id);
    if (!file) throw new Error('The stored image is gone: add it again.');
    const bitmap = await decodeBitmap(file);
    const job = new Job(bitmapPixels(bitmap), options, compute.ready.tile, compute.alignment);
    item.run = { job, output: new OffscreenCanvas(bitmap.width * scale, bitmap.height * scale) };
    bitmap.close();
    if (this.#view.id === id) {
      const nothing = await createImageBitmap(new ImageData(1, 1));
      this.#paint(id, 'output', { x: 0, y: 0, width: 1, height: 1 }, nothing, true);
    }
    return item.run;
  }

  /** Sends the pictures of a newly viewed image; a change of the visible part alone only steers the tile order. */
  async #look({ id, visible }: Of<'view'>): Promise<void> {
    const changed = id !== this.#view.id;
    this.#view = { id, visible };
    const item = id === null ? undefined : this.#items.get(id);
    if (!changed || !item || id === null) return;
    const still = () => this.#view.id === id && this.#items.has(id);
    const input = await this.#library.input(id);
    if (!input || !still()) return;
    const whole = { x: 0, y: 0, width: item.width, height: item.height };
    this.#paint(id, 'input', whole, await decodeBitmap(input), true);
    const output = item.run ? await createImageBitmap(item.run.output) : await this.#storedResult(id, item);
    if (output && still()) {
      const rect = { x: 0, y: 0, width: item.width * scale, height: item.height * scale };
      this.#paint(id, 'output', rect, output, true);
    }
  }

  async #storedResult(id: string, item: Item): Promise<ImageBitmap | null> {
    const file = item.record.state === 'done' ? await this.#library.result(id) : null;
    return file ? createImageBitmap(file) : null;
  }

  async #paintPixels(id: string, rect: Rect, pixels: Rgba8): Promise<void> {
    this.#paint(id, 'output', rect, await createImageBitmap(asImageData(pixels), { premultiplyAlpha: 'none' }), false);
  }

  #paint(id: string, layer: 'input' | 'output', rect: Rect, bitmap: ImageBitmap, reset: boolean): void {
    this.#emit({ type: 'picture', id, layer, rect, bitmap, reset }, [bitmap]);
  }

  async #export({ request, ids, format, quality }: Of<'export'>): Promise<void> {
    try {
      const files: { name: string; blob: Blob }[] = [];
      for (const id of ids) {
        const item = this.#items.get(id);
        const png = await this.#library.result(id);
        if (!item || !png) continue;
        const base = item.record.name.replace(/\.[^.]+$/, '') || 'image';
        let blob = png;
        if (format !== 'png') {
          const bitmap = await createImageBitmap(png);
          blob = await encode(bitmap, format, quality);
          bitmap.close();
        }
        files.push({ name: `${base}_x4${extension[format]}`, blob });
      }
      if (files.length === 0) throw new Error('Nothing is finished yet: upscale an image first.');
      this.#emit({ type: 'exported', request, files });
    } catch (error) {
      this.#emit({ type: 'export-failed', request, message: sentence(error) });
    }
  }

  #emitPrediction(id: string, { width, height }: Item): void {
    this.#emit({ type: 'prediction', id, prediction: predict(this.#compute, width, height) });
  }

  #setState(
    id: string,
    item: Item,
    state: JobState,
    more: Partial<Pick<LibraryRecord, 'result' | 'message'>> = {},
  ): void {
    const result = more.result ?? (state === 'done' ? item.record.result : null);
    item.record = { ...item.record, state, result, message: more.message ?? null };
    void this.#library.save(item.record);
    this.#emit({
      type: 'job',
      id,
      state,
      progress: item.run?.job.progress() ?? null,
      result,
      message: item.record.message,
    });
  }
}
