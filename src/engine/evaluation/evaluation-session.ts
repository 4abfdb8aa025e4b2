/** The Evaluate page's end in the worker: takes commands in order, runs what has not been measured, and tells how far it is. */

import { errorMessage } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { TaughtMethod } from '../../presets/teaching.ts';
import type {
  EvaluationCommand,
  EvaluationEvent,
  EvaluationOptions,
  EvaluationState,
  PictureUse,
} from '../../protocol/evaluate.ts';
import type { BackendRequest } from '../../protocol/upscale.ts';
import type { UserOnnxName } from '../../report/methods.ts';
import { openOnnxMetric } from '../external/onnx-metric.ts';
import { openOnnxModel } from '../external/onnx-model.ts';
import type { ExternalSource } from '../external/open.ts';
import { onnxNameOf, type UserOnnxStore } from '../external/user-onnx.ts';
import { retryAfterLoss } from '../runtime/errors.ts';
import type { RunExclusive } from '../runtime/gpu-scheduler.ts';
import { type Handlers, SerialQueue, wrapHandlers } from '../runtime/handlers.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import type { Files } from '../storage/files.ts';
import { type RunTools, runOn } from './evaluate.ts';
import { EvaluationStore, type RowStore } from './evaluation-store.ts';
import { OutputStore } from './row-cache.ts';
import { EvaluationWorkspace } from './workspace.ts';

export interface EvaluationEnvironment {
  readonly models: (preset: PresetName) => ModelSource;
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly external: (backend: BackendRequest, files: (address: string) => Promise<Blob>) => ExternalSource;
  readonly decode: (file: Blob) => Promise<Rgba8>;
  /** As PNG. */
  readonly encode: (pixels: Rgba8) => Promise<Blob>;
  readonly files: Files;
  readonly userOnnx: UserOnnxStore;
  readonly rows: () => Promise<RowStore>;
  readonly runExclusive: RunExclusive;
}

type Change = Exclude<
  EvaluationCommand,
  { type: 'evaluation-open' | 'evaluation-look' | 'evaluation-run' | 'evaluation-cancel' }
>;

/** Milliseconds between two events of one kind. */
const pace = 250;

export class EvaluationSession {
  readonly handlers: Handlers<EvaluationCommand> = {
    ...wrapHandlers<Change>(
      {
        'evaluation-set': ({ change, revision }) => {
          this.#revision = revision;
          return this.#workspace.store.change(change);
        },
        'evaluation-add': ({ role, files }) => this.#add(role, files),
        'evaluation-clear': ({ role }) => this.#workspace.store.clear(role),
        'evaluation-add-model': ({ use, file }) => this.#addModel(use, file),
        'evaluation-remove-model': ({ name }) => this.#workspace.userOnnx.remove(name),
        'evaluation-forget': () => this.#workspace.forget(),
      },
      (work, command) => this.#changeSetup(work, command),
    ),
    'evaluation-open': ({ options, backend }) =>
      this.#queue.run(async () => {
        await this.#open(options, backend);
        await this.#refresh();
      }),
    'evaluation-look': ({ name }) => this.#queue.run(() => this.#look(name)),
    // A run is only begun in order.
    'evaluation-run': () => this.#queue.run(() => void this.#evaluate()),
    // Cancelling never waits.
    'evaluation-cancel': () => this.#run?.abort(),
  };
  readonly #environment: EvaluationEnvironment;
  readonly #emit: (event: EvaluationEvent) => void;
  readonly #notice: (message: string) => void;
  readonly #workspace: EvaluationWorkspace;
  #external: ExternalSource;
  #backend: BackendRequest = 'auto';
  #loaded = false;
  /** The user's files changed in a run. */
  #isStale = false;
  #revision = 0;
  #reading: EvaluationState['reading'] = null;
  #run: AbortController | null = null;
  #fault: string | null = null;
  readonly #queue = new SerialQueue();
  #emittedAt = 0;

  constructor(
    environment: EvaluationEnvironment,
    emit: (event: EvaluationEvent) => void,
    notice: (message: string) => void,
  ) {
    this.#environment = environment;
    this.#emit = emit;
    this.#notice = notice;
    const { files, decode, userOnnx, models } = environment;
    this.#workspace = new EvaluationWorkspace(
      new EvaluationStore(files, decode),
      userOnnx,
      new OutputStore(files),
      models,
    );
    userOnnx.listen((removed) => this.#filesChanged(removed));
    this.#external = this.#openExternal();
  }

  #openExternal(): ExternalSource {
    return this.#environment.external(this.#backend, this.#workspace.userOnnx.file);
  }

  /** In order. @throws one sentence while an evaluation runs */
  async #changeSetup(work: () => Promise<void> | void, command: Change): Promise<void> {
    await this.#queue.run(async () => {
      if (this.#run) {
        // The page takes back what it showed.
        if (command.type === 'evaluation-set') this.#revision = command.revision;
        this.#emitAll();
        throw new Error('An evaluation is running: cancel it before its setup is changed.');
      }
      this.#fault = null;
      await work();
      await this.#refresh();
    });
  }

  /** Here or on another page. */
  async #filesChanged(removed: UserOnnxName | null): Promise<void> {
    if (!this.#loaded) return;
    if (removed) await this.#workspace.store.unchoose(removed);
    // A run goes on with what it was begun with.
    if (this.#run) this.#isStale = true;
    else await this.#refresh();
  }

  /** The weights on this device are others. */
  weightsChanged = (): Promise<void> => this.#filesChanged(null);

  /** A network of the user's own has another name now; null: it is gone. */
  async renamed(before: TaughtMethod, now: TaughtMethod | null): Promise<void> {
    if (!this.#loaded) return;
    const { store } = this.#workspace;
    const isChosen = store.setup.methods.includes(before);
    await store.unchoose(before);
    if (isChosen && now) await store.choose(now);
    await this.#filesChanged(null);
  }

  async #refresh(): Promise<void> {
    if (!this.#run) await this.#workspace.prepare();
    this.#emitAll();
  }

  async #open(options: EvaluationOptions, backend: BackendRequest): Promise<void> {
    if (!this.#loaded) await this.#workspace.load(await this.#environment.rows());
    this.#loaded = true;
    // A run goes on with what it was begun with.
    if (this.#run) return;
    this.#workspace.options = options;
    if (backend === this.#backend) return;
    this.#backend = backend;
    this.#external = this.#openExternal();
  }

  async #add(role: PictureUse, files: readonly File[]): Promise<void> {
    try {
      const refused = await this.#workspace.store.add(role, files, (done) => {
        this.#reading = { done, total: files.length };
        this.#throttled(() => this.#emitState());
      });
      for (const message of refused) this.#notice(message);
    } finally {
      this.#reading = null;
    }
  }

  /** A wrong file gets its sentence and changes nothing. */
  async #addModel(use: 'method' | 'metric' | 'auto', file: File): Promise<void> {
    const { store, userOnnx, options } = this.#workspace;
    const runtime = await this.#external.runtime();
    const faults: string[] = [];
    if (use !== 'method') {
      try {
        const metric = await openOnnxMetric(file.name.replace(/\.onnx$/i, ''), file, runtime);
        metric.dispose();
        const { name, kind, better } = metric;
        await userOnnx.add(file, { name, kind, better });
        return;
      } catch (error) {
        faults.push(errorMessage(error));
      }
    }
    if (use !== 'metric') {
      try {
        (await openOnnxModel(file, runtime, options.tile)).dispose();
        await store.choose(onnxNameOf(await userOnnx.add(file, null)));
        return;
      } catch (error) {
        faults.push(errorMessage(error));
      }
    }
    this.#notice(`${file.name}: ${[...new Set(faults)].join(' ')}`);
  }

  /** Tells of one picture: its input, its truth, and the outputs that are kept. */
  async #look(name: string): Promise<void> {
    const { encode } = this.#environment;
    const picture = this.#workspace.set.pictures.find((other) => other.name === name);
    if (!picture) return;
    try {
      const { lr, truth } = await picture.load();
      this.#emit({
        type: 'evaluation-pictures',
        name,
        lr: await encode(lr),
        truth: truth && (await encode(truth)),
        outputs: await this.#workspace.outputsOf(name),
      });
    } catch (error) {
      this.#notice(`${name}: ${errorMessage(error)}`);
    }
  }

  #emitState(): void {
    const { store, userOnnx, set, fault, offered, teacherSteps, kept, progress, left } = this.#workspace;
    const summary = (role: PictureUse) => {
      const all = store.pictures(role);
      return { count: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
    };
    const state: EvaluationState = {
      setup: store.setup,
      revision: this.#revision,
      pictures: { hr: summary('hr'), lr: summary('lr') },
      set: { count: set.pictures.length, notes: set.notes, fault },
      offered,
      teacherSteps,
      results: store.finished.map((method) => ({ method, ...summary(method) })),
      files: userOnnx.models.map(({ name, bytes, metric }) => ({ name, bytes, metric })),
      reading: this.#reading,
      running: this.#run !== null,
      ...progress,
      left,
      fault: this.#fault,
      kept,
    };
    this.#emit({ type: 'evaluation-state', state });
  }

  #emitAll(): void {
    this.#emitState();
    this.#emit({ type: 'evaluation-results', report: this.#workspace.report });
  }

  #throttled(emit: () => void): void {
    if (performance.now() - this.#emittedAt < pace) return;
    this.#emittedAt = performance.now();
    emit();
  }

  /** Runs until all is measured, cancelled, or can't go on; an engine that is opened anew is waited for. */
  async #evaluate(): Promise<void> {
    if (this.#run || this.#workspace.fault || this.#workspace.set.pictures.length === 0) return;
    const run = new AbortController();
    this.#run = run;
    this.#fault = null;
    this.#emitState();
    try {
      const progress = () => this.#workspace.progress.done;
      const failed = await retryAfterLoss(() => this.#evaluateOnce(run.signal), run.signal, progress);
      this.#fault = failed.length > 0 ? failed.join(' ') : null;
    } catch (error) {
      if (!run.signal.aborted) this.#fault = errorMessage(error);
    } finally {
      this.#run = null;
      if (this.#isStale) await this.#workspace.prepare();
      this.#isStale = false;
      this.#emitAll();
    }
  }

  /** @returns a sentence for each method that failed. @throws DeviceLostError, EngineReopenedError, the signal's reason */
  #evaluateOnce(cancel: AbortSignal): Promise<readonly string[]> {
    const { metrics, runExclusive, encode } = this.#environment;
    const tools: RunTools = {
      metrics,
      encode,
      external: this.#external,
      onProgress: (progress) => this.#emit({ type: 'evaluation-progress', ...progress }),
      onKept: () => this.#throttled(() => this.#emitAll()),
    };
    return runExclusive((lease, signal) => runOn(lease, signal, this.#workspace, tools), cancel);
  }
}
