/** The worker's side of comparing: takes the page's commands, keeps pictures, choices and results, and runs one task at a time. */

import { errorMessage } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { TaughtMethod } from '../../presets/teaching.ts';
import {
  type CompareCommand,
  type CompareInput,
  type CompareLayer,
  type CompareResult,
  type CompareState,
  type Degradation,
  mostMethods,
} from '../../protocol/compare.ts';
import type { CompareMethod } from '../../report/methods.ts';
import { openOnnxModel } from '../external/onnx-model.ts';
import { onnxNameOf } from '../external/user-onnx.ts';
import type { GpuLease } from '../runtime/gpu-scheduler.ts';
import { type Emit, type Handlers, SerialQueue, wrapHandlers } from '../runtime/handlers.ts';
import { Analysis, type CompareEnvironment } from './analysis.ts';
import { CompareStore } from './compare-store.ts';
import { learnedDegradation } from './degradations.ts';
import { CompareInputs, CompareResults, type PreparedPictures } from './inputs.ts';
import { compareSettingsOf, runMethods } from './run-methods.ts';
import { type CompareTask, CompareTasks } from './tasks.ts';

export class CompareSession {
  readonly handlers: Handlers<CompareCommand> = {
    ...wrapHandlers<Exclude<CompareCommand, { type: 'compare-cancel' }>>(
      {
        'compare-open': () => this.#open(),
        'compare-add': ({ files, degradation }) => this.#add(files, degradation),
        'compare-select': ({ id }) => this.#select(id),
        'compare-remove': ({ id }) => this.#remove(id),
        'compare-degrade': ({ id, degradation }) => this.#degrade(id, degradation),
        'compare-choose': ({ methods }) => this.#choose(methods),
        'compare-model': ({ file }) => this.#tryModel(file),
        'compare-forget-model': ({ name }) => this.#environment.userOnnx.remove(name.slice('onnx:'.length)),
        'compare-run': ({ all }) => this.#run(all),
        'compare-chain': ({ at }) => this.#analyse('chain', (pair, task) => this.#analysis.chain(pair, at, task)),
        'compare-sweep': (command) =>
          this.#analyse('sweep', (prepared, task) => this.#analysis.sweep(prepared, command, task)),
        'compare-critic': ({ layers }) =>
          this.#analyse('critic', (prepared, task) => this.#analysis.critic(prepared, layers, task)),
        'compare-blend': (command) => this.#analysis.blend(this.#prepared, this.#results.list, command),
        'compare-difference': (command) => this.#analysis.difference(this.#prepared, command),
      },
      (work, command) => this.#inOrder(work, command),
    ),
    // Cancelling never waits.
    'compare-cancel': () => this.#tasks.cancel(),
  };
  readonly #environment: CompareEnvironment;
  readonly #emit: Emit;
  readonly #store: CompareStore;
  readonly #inputs: CompareInputs;
  readonly #results: CompareResults;
  readonly #tasks: CompareTasks;
  readonly #analysis: Analysis;
  #list: readonly CompareInput[] = [];
  #selected: string | null = null;
  #methods: readonly CompareMethod[] = ['bicubic', 'sinsr', 'ours'];
  #prepared: PreparedPictures | null = null;
  #revision = 0;
  #loaded: Promise<void> | null = null;
  readonly #queue = new SerialQueue();

  constructor(environment: CompareEnvironment, emit: Emit) {
    this.#environment = environment;
    this.#emit = emit;
    this.#store = new CompareStore(environment.files);
    this.#inputs = new CompareInputs(this.#store, environment);
    this.#results = new CompareResults(this.#store, this.#inputs);
    this.#tasks = new CompareTasks(environment.runExclusive, emit, () => this.#emitState());
    this.#analysis = new Analysis(this.#inputs, environment, emit);
    environment.userOnnx.listen((removed) => (this.#loaded === null ? Promise.resolve() : this.renamed(removed, null)));
  }

  /** In order, once the last visit is read; what takes long goes on by itself. */
  async #inOrder(work: () => Promise<void> | void, command: CompareCommand): Promise<void> {
    await this.#queue.run(async () => {
      this.#loaded ??= this.#load();
      await this.#loaded;
      if ('revision' in command) this.#revision = command.revision;
      await work();
    });
  }

  async #load(): Promise<void> {
    // It takes over the files that an earlier layout kept here.
    await this.#environment.userOnnx.load();
    const kept = await this.#store.state();
    if (!kept) return;
    this.#list = kept.inputs;
    this.#methods = kept.methods;
    this.#selected = this.#list.some(({ id }) => id === kept.selected) ? kept.selected : null;
  }

  async #keep(): Promise<void> {
    const { inputs, selected, methods } = this.#state();
    await this.#store.keepState({ inputs, selected, methods });
    this.#emitState();
  }

  #state(): CompareState {
    return {
      inputs: this.#list,
      selected: this.#selected,
      prepared: this.#prepared?.facts ?? null,
      methods: this.#methods,
      models: this.#environment.userOnnx.upscalers.map((model) => ({
        name: onnxNameOf(model),
        file: model.name,
        bytes: model.bytes,
      })),
      results: this.#results.list,
      fault: this.#tasks.fault,
      revision: this.#revision,
    };
  }

  #emitState(): void {
    this.#emit({ type: 'compare-state', state: this.#state() });
  }

  #choose(methods: readonly CompareMethod[]): Promise<void> {
    this.#methods = [...new Set(methods)].slice(0, mostMethods);
    return this.#keep();
  }

  async #open(): Promise<void> {
    this.#emitState();
    this.#tasks.emitWork();
    if (this.#selected === null) return;
    if (this.#prepared) await this.#show(this.#prepared);
    else if (!this.#tasks.busy) this.#prepare(this.#selected);
  }

  async #add(files: readonly File[], degradation: Degradation | null): Promise<void> {
    const refuse = (name: string, message: string) =>
      this.#emit({ type: 'notice', level: 'warning', message: `${name}: ${message}` });
    const added = await this.#inputs.add(files, degradation, refuse);
    this.#list = [...this.#list, ...added];
    if (added[0]) await this.#select(added[0].id);
  }

  async #select(id: string, before?: () => Promise<void>): Promise<void> {
    this.#tasks.cancel('model');
    this.#selected = id;
    this.#prepare(id, before);
    await this.#keep();
  }

  async #remove(id: string): Promise<void> {
    const place = this.#list.findIndex((input) => input.id === id);
    this.#list = this.#list.filter((input) => input.id !== id);
    const forget = () => this.#store.removeInput(id);
    if (id !== this.#selected) {
      await forget();
      return this.#keep();
    }
    const next = this.#list[Math.min(place, this.#list.length - 1)];
    if (next) return this.#select(next.id, forget);
    this.#tasks.cancel('model');
    this.#clear();
    this.#selected = null;
    await this.#keep();
    this.#tasks.start('prepare', async () => {}, forget);
  }

  async #degrade(id: string, degradation: Degradation): Promise<void> {
    this.#list = this.#list.map((input) => (input.id === id ? { ...input, degradation } : input));
    await this.#select(id, () => this.#inputs.void(id));
  }

  /** A task on the input on screen. */
  #analyse(
    name: 'chain' | 'sweep' | 'critic',
    body: (prepared: PreparedPictures, task: CompareTask) => Promise<void>,
  ): void {
    this.#tasks.start(name, async (task) => {
      if (this.#prepared) await body(this.#prepared, task);
    });
  }

  #clear(): void {
    this.#prepared = null;
    this.#results.show(null);
    this.#emit({ type: 'compare-cleared' });
  }

  /**
   * Makes the selected input ready, and shows it with its results.
   * @param before what must not happen while a run that was stopped still keeps its last result, but in any case
   */
  #prepare(id: string, before?: () => Promise<void>): void {
    this.#clear();
    const body = async (task: CompareTask) => {
      // Pictures that a stopped task has still shown.
      this.#clear();
      const input = this.#list.find((candidate) => candidate.id === id);
      if (!input) return;
      const prepared = await this.#inputs.prepare(input, (truth, degradation) =>
        task.onEngine(({ models }, signal) =>
          learnedDegradation(truth, degradation, models, signal, (done, total) =>
            task.update({ phase: 'running', share: done / total }),
          ),
        ),
      );
      const results = await this.#results.of(id);
      if (this.#selected !== id) return;
      this.#prepared = prepared;
      this.#results.show(id, results);
      this.#emitState();
      await this.#show(prepared);
    };
    this.#tasks.start('prepare', body, before);
  }

  /** All pictures there are of the selected input. */
  async #show({ facts, lr, reference, truth }: PreparedPictures): Promise<void> {
    await this.#picture('lr', lr);
    if (reference) await this.#picture('reference', reference);
    if (truth) await this.#picture('truth', truth);
    for (const { method, fault } of this.#results.list) {
      const pixels = fault === null ? await this.#inputs.picture(facts.id, method) : null;
      if (pixels && this.#prepared?.facts.id === facts.id) await this.#picture(method, pixels);
    }
  }

  async #picture(layer: CompareLayer, pixels: Rgba8): Promise<void> {
    const bitmap = await this.#environment.bitmap(pixels);
    this.#emit({ type: 'compare-picture', layer, bitmap }, [bitmap]);
  }

  #run(all: boolean): void {
    const done = new Set<CompareMethod>();
    const methods = this.#methods;
    // Making the input was stopped, or failed.
    if (!this.#prepared && !this.#tasks.busy && this.#selected !== null) this.#prepare(this.#selected);
    this.#tasks.start('methods', async (task) => {
      const picture = this.#prepared;
      // Why there is none was told, if there should be one.
      if (!picture && this.#selected !== null) return;
      if (!picture) throw new Error('There is no picture yet: add one, or try a sample.');
      await task.onEngine((lease, signal) => {
        const settings = compareSettingsOf(lease);
        // After a lost device or changed settings it goes on with what is left.
        const left = methods.filter((method) => !done.has(method) && (all || !this.#results.has(method, settings)));
        return runMethods(left, picture, lease, {
          signal,
          metrics: this.#environment.metrics,
          external: this.#external(lease),
          secondsOf: this.#results.secondsOf,
          onWork: (work, ahead) => task.update({ ...work, done: done.size, total: done.size + ahead }),
          keep: async (result, output) => {
            await this.#keepResult(picture, result, output);
            done.add(result.method);
          },
        });
      });
    });
  }

  #external = ({ backend }: GpuLease) => this.#environment.external(backend.kind, this.#environment.userOnnx.file);

  async #keepResult({ facts }: PreparedPictures, result: CompareResult, output: Rgba8 | null): Promise<void> {
    if (!(await this.#results.keep(facts.id, result, output))) return;
    if (output) await this.#picture(result.method, output);
    this.#emitState();
  }

  /** Keeps an ONNX file that runs a tile. */
  #tryModel(file: File): void {
    this.#tasks.start('model', async (task) => {
      await task.onEngine(async (lease) => {
        task.update({ phase: 'opening' });
        try {
          (await openOnnxModel(file, await this.#external(lease).runtime(), lease.options.tile)).dispose();
        } catch (error) {
          throw new Error(`${file.name}: ${errorMessage(error)}`, { cause: error });
        }
      });
      const name = onnxNameOf(await this.#environment.userOnnx.add(file, null));
      if (this.#methods.length < mostMethods) this.#methods = [...new Set([...this.#methods, name])];
      await this.#keep();
    });
  }

  /** The user's methods are others. @param before the renamed one; null: one has come @param now null: it is gone, with its results */
  async renamed(before: CompareMethod | null, now: TaughtMethod | null): Promise<void> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    this.#methods = this.#methods.flatMap((method) => (method !== before ? [method] : (now ?? [])));
    if (before) await this.#results.rename(before, now, this.#list);
    await this.#keep();
    if (now && this.#prepared) await this.#show(this.#prepared);
  }
}
