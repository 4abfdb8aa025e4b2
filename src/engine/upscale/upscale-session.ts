/**
 * The Upscale page's session, and the owner of the backend: it keeps the upscale engine open, runs the queue of images, and
 * gives the backend to tasks of other pages in between. Every change is told as an event.
 */

import { errorMessage } from '../../formats/errors.ts';
import type { Invention } from '../../imaging/detail.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { BackendRequest, UpscaleCommand, UpscaleOptions } from '../../protocol/upscale.ts';
import { DeviceLostError, EngineReopenedError } from '../runtime/errors.ts';
import { GpuScheduler, type GpuTask, type RunExclusive } from '../runtime/gpu-scheduler.ts';
import type { Emit, Handlers } from '../runtime/handlers.ts';
import { SerialQueue } from '../runtime/handlers.ts';
import { Interrupt } from '../runtime/kernel-watch.ts';
import type { EngineEnvironment } from '../runtime/open-networks.ts';
import { openOffered, type UpscaleEngine } from '../runtime/upscale-engine.ts';
import type { ImageStore } from '../storage/image-store.ts';
import type { TrainingSession } from '../training/training-session.ts';
import { faithfulPicture, ResultRuns, seedSpread } from './faithful.ts';
import { ImageSet } from './images.ts';
import { RunQueue } from './queue.ts';
import { predict } from './tiled-upscale.ts';

/** Without work for so long, an engine that has run nothing yet times a tile. */
const idleMilliseconds = 1000;

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

export class UpscaleSession {
  readonly handlers: Handlers<UpscaleCommand> = {
    'share-interrupt': ({ memory }) => this.#interrupt.attach(memory),
    configure: ({ backend, options }) => this.#configure(backend, options),
    restore: () => this.#serve(this.#images.restore()),
    add: ({ id, name, file }) => this.#serve(this.#changes.run(() => this.#images.add(id, name, file))),
    remove: ({ id }) => this.#remove(id),
    run: ({ ids, preview }) => this.#enqueue(ids, preview ?? false),
    cancel: ({ id }) => this.#cancel(id),
    'run-faithful': ({ id }) => this.#faithful.run(id),
    'set-detail': ({ id, detail }) => this.#images.dial.setDetail(id, detail),
    'set-protect': ({ id, mask }) => this.#images.dial.setProtect(id, mask),
    'run-spread': ({ id }) => this.#spread.run(id),
    'map-invention': ({ id, of, full, detail }) => this.#serve(this.#images.dial.mapInvention(id, of, full, detail)),
    'suggest-protect': ({ id }) => this.#serve(this.#images.dial.suggestProtect(id)),
    view: ({ id, visible }) => this.#serve(this.#images.look(id, visible)),
    export: ({ request, ids, format, quality }) => this.#serve(this.#images.export(request, ids, format, quality)),
  };
  readonly #emit: Emit;
  readonly #environment: EngineEnvironment;
  readonly #images: ImageSet;
  readonly #training: TrainingSession;
  readonly #queue: RunQueue;
  readonly #faithful: ResultRuns<Rgba8>;
  readonly #spread: ResultRuns<Invention>;
  readonly #interrupt = new Interrupt();
  #compute: UpscaleEngine | null = null;
  #options: UpscaleOptions | null = null;
  #backend: BackendRequest = 'auto';
  /** Counts openings, so that one still loading notices when a newer one overtakes it. */
  #turn = 0;
  /** The backend is a global of tfjs: openings must not overlap, so each waits for the one before. */
  readonly #opening = new SerialQueue();
  /** The image in work, or a task, which has no id. */
  #running: { readonly id: string | null; readonly abort: AbortController } | null = null;
  readonly #scheduler = new GpuScheduler();
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Commands being served beside a run. Where tiles block the worker (WASM), each of their steps would wait for one. */
  readonly #beside = new Set<Promise<void>>();
  /** A picture that is removed while it is read is read first: it would come back. */
  readonly #changes = new SerialQueue();

  constructor(environment: EngineEnvironment, images: ImageStore, training: TrainingSession, emit: Emit) {
    this.#environment = environment;
    this.#training = training;
    this.#emit = emit;
    this.#images = new ImageSet(images, emit, (width, height) => predict(this.#compute, width, height));
    this.#queue = new RunQueue(this.#images, emit, {
      besides: () => Promise.allSettled(this.#beside),
      interrupt: this.#interrupt,
      recordTileTimes: (compute, times) => this.#recordTileTimes(compute, times),
      rebuild: (compute) => this.#rebuild(compute),
      notice: (message) => this.#notice(message),
    });
    const exclusive: RunExclusive = (work, signal) => this.runExclusive(work, signal);
    this.#faithful = new ResultRuns(this.#images, exclusive, faithfulPicture(this.#images.dial));
    this.#spread = new ResultRuns(this.#images, exclusive, seedSpread(this.#images.dial));
    images.listenForRemovals((id) => this.#images.get(id) && void this.#remove(id));
    void images.isPersistent().then((isKept) => {
      if (isKept) return;
      this.#notice(
        'This window keeps nothing between visits (private window or insecure address): download results before closing it.',
      );
    });
  }

  /** Null while none is open. */
  get compute(): UpscaleEngine | null {
    return this.#compute;
  }

  /** The preset's weights are others now. */
  async weightsChanged(preset: PresetName): Promise<void> {
    if (this.#options?.preset === preset) await this.#open();
  }

  #serve(work: Promise<void>): Promise<void> {
    this.#beside.add(work);
    return work.finally(() => this.#beside.delete(work));
  }

  #notice(message: string): void {
    this.#emit({ type: 'notice', level: 'warning', message });
  }

  async #configure(backend: BackendRequest, options: UpscaleOptions): Promise<void> {
    const before = this.#options;
    const same =
      this.#compute !== null &&
      backend === this.#backend &&
      (['preset', 'method', 'tile', 'memoryBudget'] as const).every((key) => before?.[key] === options[key]);
    this.#options = options;
    this.#backend = backend;
    if (!same) await this.#open();
  }

  #open(): Promise<void> {
    const turn = ++this.#turn;
    return this.#opening.run(() => this.#openNow(turn));
  }

  async #openNow(turn: number): Promise<void> {
    const options = this.#options;
    if (!options || turn !== this.#turn) return;
    const old = this.#compute;
    // Without an engine the queue stands still; the image in work stops after its tile and goes first again.
    this.#compute = null;
    if (this.#running) {
      if (this.#running.id !== null) this.#queue.putBack(this.#running.id);
      this.#running.abort.abort(new EngineReopenedError());
    }
    while (this.#running) await pause();
    await this.#training.detach();
    old?.dispose();
    if (turn !== this.#turn) return;
    this.#emit({ type: 'engine-opening', message: 'Opening the compute backend …' });
    try {
      const compute = await openOffered(this.#environment, { backend: this.#backend, ...options }, this.#emit);
      if (turn !== this.#turn) return compute.dispose();
      this.#compute = compute;
      this.#watch(compute);
      this.#emit({ type: 'engine-ready', ready: compute.ready });
      this.#images.predictAll();
      this.#training.attach(compute.backend, options);
      void this.#pump();
    } catch (error) {
      if (turn === this.#turn) this.#emit({ type: 'engine-failed', message: errorMessage(error) });
    }
  }

  /** A device may also be lost between runs: then it is rebuilt at once, so that the next run finds one. */
  #watch(compute: UpscaleEngine): void {
    void compute.backend.lost?.then((reason) => {
      if (this.#compute !== compute || this.#running) return;
      const after = this.#training.playing ? 'training goes on from its last checkpoint' : 'nothing was running';
      this.#notice(`The GPU device was lost (${reason}) and is being rebuilt; ${after}.`);
      void this.#open();
    });
  }

  async #remove(id: string): Promise<void> {
    this.#cancel(id);
    while (this.#running?.id === id) await pause();
    await this.#changes.run(() => this.#images.remove(id));
  }

  #enqueue(ids: readonly string[], preview: boolean): void {
    this.#queue.add(ids, this.#running?.id ?? null, preview);
    void this.#pump();
  }

  #cancel(id: string): void {
    this.#queue.cancel(id);
    this.#faithful.cancel(id);
    this.#spread.cancel(id);
    if (this.#running?.id === id) this.#running.abort.abort();
  }

  /** The backend, for work of another kind, once it is free. */
  runExclusive: RunExclusive = (work, signal) => {
    const done = this.#scheduler.add(work, signal);
    void this.#pump();
    return done;
  };

  /** Runs tasks and the queue, one after the other, until there are none or the engine is away. */
  async #pump(): Promise<void> {
    clearTimeout(this.#idle);
    while (!this.#running && this.#compute && this.#options) {
      const task = this.#scheduler.shift();
      const image = task ? null : this.#queue.next();
      if (!task && !image) {
        if (this.#compute.ready.msPerTile === null) this.#idle = setTimeout(() => void this.#probe(), idleMilliseconds);
        return;
      }
      const abort = new AbortController();
      this.#running = { id: image?.id ?? null, abort };
      // Others may be chosen while training stands aside.
      const [compute, options] = [this.#compute, this.#options];
      try {
        await this.#training.suspend();
        if (task) await this.#runTask(task, compute, options, abort);
        else if (image) await this.#queue.run(image, compute, options, abort.signal);
      } finally {
        // A task that let others go first may have left while one of them runs.
        if (!this.#running || this.#running.abort === abort) {
          this.#running = null;
          if (this.#queue.isEmpty || !this.#compute) this.#training.resume();
        }
      }
    }
  }

  async #runTask(
    task: GpuTask,
    compute: UpscaleEngine,
    options: UpscaleOptions,
    abort: AbortController,
  ): Promise<void> {
    const { backend, ready } = compute;
    try {
      const models = this.#environment.models(ready.preset);
      const yieldTurn = (signal: AbortSignal) => this.#yieldTurn(compute, abort, signal);
      await task.run({ backend, ready, options, models, yieldTurn }, abort.signal);
    } catch (error) {
      // The task's caller knows of it already. Work that was left because its device is lost must not go on.
      abort.abort(error);
      if (error instanceof DeviceLostError) this.#rebuild(compute);
    }
  }

  /** Lets all that waits go before the task that runs. @throws when its backend went meanwhile, or the signal's reason */
  async #yieldTurn(compute: UpscaleEngine, abort: AbortController, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const isBusy = () => this.#running !== null || !this.#queue.isEmpty || !this.#scheduler.isEmpty;
    this.#running = null;
    if (isBusy()) {
      void this.#pump();
      do {
        await pause();
        await this.#opening.idle();
      } while (isBusy() && !signal.aborted);
      signal.throwIfAborted();
      await this.#training.suspend();
    }
    this.#running = { id: null, abort };
    if (this.#compute !== compute) abort.abort(new EngineReopenedError());
    abort.signal.throwIfAborted();
  }

  /** Tells the page what pictures will take, where no picture has told it. */
  async #probe(): Promise<void> {
    if (this.#training.playing) return;
    try {
      await this.runExclusive(async () => {
        const compute = this.#compute;
        if (!compute || compute.ready.msPerTile !== null) return;
        await compute.probe(this.#emit);
        this.#tellPace(compute);
      }, new AbortController().signal);
    } catch (error) {
      // A device that is lost is opened again, and an engine that took its place is probed by itself.
      if (error instanceof DeviceLostError || error instanceof EngineReopenedError) return;
      this.#compute?.dispose();
      this.#compute = null;
      this.#emit({ type: 'engine-failed', message: errorMessage(error) });
    }
  }

  #rebuild(compute: UpscaleEngine): void {
    this.#compute = null;
    compute.dispose();
    // After what runs has left the stage.
    setTimeout(() => void this.#open());
  }

  /** Predictions go by the tiles that ran last. */
  #recordTileTimes(compute: UpscaleEngine, times: ReadonlyMap<number, number>): void {
    if (this.#compute !== compute || times.size === 0) return;
    for (const [pixels, ms] of times) compute.recordTileTime(pixels, ms);
    this.#tellPace(compute);
  }

  #tellPace({ ready }: UpscaleEngine): void {
    this.#emit({ type: 'engine-ready', ready });
    this.#images.predictAll();
  }
}
