/** The worker's side of comparing: takes the page's commands, keeps pictures, choices and results, and runs one task at a time. */

import type { BackendKind } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import {
  type CompareCommand,
  type CompareInput,
  type CompareLayer,
  type CompareResult,
  type CompareState,
  type Degradation,
  mostMethods,
  type UserOnnxModel,
} from '../../protocol/compare.ts';
import type { CompareMethod } from '../../report/methods.ts';
import type { Lend, Lent } from '../runtime/gpu-scheduler.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import type { Files } from '../storage/files.ts';
import type { Emit } from '../upscale/images.ts';
import { Analysis } from './analysis.ts';
import { BroughtModels, type OutsideOn } from './brought-models.ts';
import { CompareStore } from './compare-store.ts';
import { learnedDegradation } from './degradations.ts';
import { Inputs, type PictureCodec, type Prepared, Results } from './inputs.ts';
import { madeWith, runMethods } from './run-methods.ts';
import { type Task, Tasks } from './tasks.ts';

export class CompareSession {
  readonly #environment: CompareEnvironment;
  readonly #emit: Emit;
  readonly #store: CompareStore;
  readonly #inputs: Inputs;
  readonly #results: Results;
  readonly #tasks: Tasks;
  readonly #looks: Analysis;
  readonly #brought: BroughtModels;
  #list: readonly CompareInput[] = [];
  #selected: string | null = null;
  #methods: readonly CompareMethod[] = ['bicubic', 'sinsr', 'ours'];
  #models: readonly UserOnnxModel[] = [];
  #prepared: Prepared | null = null;
  #revision = 0;
  #loaded: Promise<void> | null = null;
  #commands: Promise<void> = Promise.resolve();

  constructor(environment: CompareEnvironment, emit: Emit) {
    this.#environment = environment;
    this.#emit = emit;
    this.#store = new CompareStore(environment.files);
    this.#brought = new BroughtModels(this.#store);
    this.#inputs = new Inputs(this.#store, environment);
    this.#results = new Results(this.#store, this.#inputs);
    this.#tasks = new Tasks(environment.lend, emit, () => this.#tell());
    this.#looks = new Analysis(this.#inputs, environment, emit);
  }

  /** In order; what takes long goes on by itself. */
  handle(command: CompareCommand): Promise<void> {
    if (command.type === 'compare-cancel') {
      this.#tasks.cancel();
      return Promise.resolve();
    }
    const done = this.#commands.then(() => this.#obey(command));
    this.#commands = done.catch(() => {});
    return done;
  }

  async #obey(command: CompareCommand): Promise<void> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    if ('revision' in command) this.#revision = command.revision;
    switch (command.type) {
      case 'compare-open':
        return this.#open();
      case 'compare-add':
        return this.#add(command.files, command.degradation);
      case 'compare-select':
        return this.#select(command.id);
      case 'compare-remove':
        return this.#remove(command.id);
      case 'compare-degrade':
        return this.#degrade(command.id, command.degradation);
      case 'compare-choose':
        this.#methods = [...new Set(command.methods)].slice(0, mostMethods);
        return this.#keep();
      case 'compare-model':
        return this.#tryModel(command.file);
      case 'compare-forget-model':
        return this.#forgetModel(command.name);
      case 'compare-run':
        return this.#run(command.all);
      case 'compare-chain':
        return this.#look('chain', (prepared, task) => this.#looks.chain(prepared, command.at, task));
      case 'compare-sweep':
        return this.#look('sweep', (prepared, task) => this.#looks.sweep(prepared, command, task));
      case 'compare-difference':
        return this.#prepared ? this.#looks.difference(this.#prepared, command) : undefined;
    }
  }

  async #load(): Promise<void> {
    const kept = await this.#store.state();
    if (!kept) return;
    this.#list = kept.inputs;
    this.#methods = kept.methods;
    this.#models = kept.models;
    this.#selected = this.#list.some(({ id }) => id === kept.selected) ? kept.selected : null;
  }

  async #keep(): Promise<void> {
    const { models, inputs, selected, methods } = this.#state();
    await this.#store.keepState({ models, inputs, selected, methods });
    this.#tell();
  }

  #state(): CompareState {
    return {
      inputs: this.#list,
      selected: this.#selected,
      prepared: this.#prepared?.facts ?? null,
      methods: this.#methods,
      models: this.#models,
      results: this.#results.list,
      fault: this.#tasks.fault,
      revision: this.#revision,
    };
  }

  #tell(): void {
    this.#emit({ type: 'compare-state', state: this.#state() });
  }

  async #open(): Promise<void> {
    this.#tell();
    this.#tasks.tell();
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
  #look(name: 'chain' | 'sweep', body: (prepared: Prepared, task: Task) => Promise<void>): void {
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
    const body = async (task: Task) => {
      // What a task that was stopped has still shown.
      this.#clear();
      const input = this.#list.find((candidate) => candidate.id === id);
      if (!input) return;
      const prepared = await this.#inputs.prepare(input, (truth, degradation) =>
        task.onEngine(({ models }, signal) =>
          learnedDegradation(truth, degradation, models, signal, (done, total) =>
            task.tell({ phase: 'running', share: done / total }),
          ),
        ),
      );
      const results = await this.#results.of(id);
      if (this.#selected !== id) return;
      this.#prepared = prepared;
      this.#results.show(id, results);
      this.#tell();
      await this.#show(prepared);
    };
    this.#tasks.start('prepare', body, before);
  }

  /** All pictures there are of the selected input. */
  async #show({ facts, lr, reference, truth }: Prepared): Promise<void> {
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
      await task.onEngine((lent, signal) => {
        const settings = madeWith(lent);
        // After a lost device or changed settings it goes on with what is left.
        const left = methods.filter((method) => !done.has(method) && (all || !this.#results.has(method, settings)));
        return runMethods(left, picture, lent, {
          signal,
          metrics: this.#environment.metrics,
          outside: this.#outside(lent),
          secondsOf: this.#results.secondsOf,
          tell: (work, ahead) => task.tell({ ...work, done: done.size, total: done.size + ahead }),
          keep: async (result, output) => {
            await this.#keepResult(picture, result, output);
            done.add(result.method);
          },
        });
      });
    });
  }

  #outside = ({ backend }: Lent) => this.#environment.outside(backend.kind, this.#brought.file);

  async #keepResult({ facts }: Prepared, result: CompareResult, output: Rgba8 | null): Promise<void> {
    if (!(await this.#results.keep(facts.id, result, output))) return;
    if (output) await this.#picture(result.method, output);
    this.#tell();
  }

  #tryModel(file: File): void {
    this.#tasks.start('model', async (task) => {
      await task.onEngine((lent) => {
        task.tell({ phase: 'opening' });
        return this.#brought.check(file, this.#outside(lent), lent.options.tile);
      });
      const model = await this.#brought.keep(file);
      this.#models = [...this.#models, model];
      if (this.#methods.length < mostMethods) this.#methods = [...this.#methods, model.name];
      await this.#keep();
    });
  }

  async #forgetModel(name: UserOnnxModel['name']): Promise<void> {
    this.#models = this.#models.filter((model) => model.name !== name);
    this.#methods = this.#methods.filter((method) => method !== name);
    this.#results.drop(name);
    await this.#brought.forget(
      name,
      this.#list.map(({ id }) => id),
    );
    await this.#keep();
  }
}

/** What comparing needs of the realm it runs in: the browser's worker, or a test's Node. */

export interface CompareEnvironment extends PictureCodec {
  readonly files: Files;
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly outside: OutsideOn<BackendKind>;
  readonly bitmap: (pixels: Rgba8) => Promise<ImageBitmap>;
  readonly lend: Lend;
}
