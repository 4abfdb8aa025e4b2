/**
 * The tour's run: a small one on the backend that is open, beside the user's own runs, which stand aside for the length of a phase.
 * Nothing of it is stored; it goes when the tour is left, or the backend is another.
 */
import { errorMessage } from '../../formats/errors.ts';
import type { Backend } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { readTrainingConfig, type TrainingConfig } from '../../paper/config.ts';
import { type TourCommand, type TourState, tourPreset } from '../../protocol/tour.ts';
import { noNotes } from '../../report/run-record.ts';
import { EngineReopenedError, retryAfterLoss } from '../runtime/errors.ts';
import type { RunExclusive } from '../runtime/gpu-scheduler.ts';
import { type Emit, type Handlers, SerialQueue } from '../runtime/handlers.ts';
import type { Files } from '../storage/files.ts';
import { ActiveRun, type ActiveRunEnvironment, type ShownPanels } from './active-run.ts';
import type { TensorToBitmap } from './panel-presenter.ts';
import { StoredRun } from './stored-run.ts';
import { samplePictures } from './training-pictures.ts';

export interface TourEnvironment extends Pick<ActiveRunEnvironment, 'models' | 'folders'> {
  /** One of the page's sample pictures. */
  readonly picture: (name: string) => Promise<Rgba8>;
  /** Nothing is written. */
  readonly files: Files;
  readonly present: TensorToBitmap;
  readonly runExclusive: RunExclusive;
}

/** The shipped networks from their first iteration on: the discriminators and G know what they look at. */
const tourConfig: TrainingConfig = readTrainingConfig({
  crop: 32,
  window: 8,
  pool: 1,
  degradation: 'realesrgan-test',
  partnerStart: 'shipped',
  heldOutEvery: 0,
});

const resting: TourState = { phases: 0, start: null, fault: null };

export class TourSession {
  readonly handlers: Handlers<TourCommand> = {
    'tour-advance': ({ phases, picture }) => this.#queue.run(() => this.#advance(phases, picture, this.#turn)),
    'tour-close': () => this.#close(),
  };
  readonly #environment: TourEnvironment;
  readonly #emit: Emit;
  readonly #queue = new SerialQueue();
  #active: { readonly run: ActiveRun; readonly backend: Backend } | null = null;
  #state: TourState = resting;
  /** Counts visits: work that was asked for on an earlier one is left. */
  #turn = new AbortController();

  constructor(environment: TourEnvironment, emit: Emit) {
    this.#environment = environment;
    this.#emit = emit;
  }

  #tell(change: Partial<TourState>): void {
    this.#state = { ...this.#state, ...change };
    this.#emit({ type: 'tour-state', state: this.#state });
  }

  async #advance(phases: number, picture: string, { signal }: AbortController): Promise<void> {
    if (signal.aborted) return;
    this.#tell({ fault: null });
    try {
      await retryAfterLoss(() => this.#runTo(phases, picture, signal), signal);
    } catch (error) {
      if (!signal.aborted) this.#tell({ fault: errorMessage(error) });
    }
  }

  async #runTo(phases: number, picture: string, signal: AbortSignal): Promise<void> {
    try {
      while (this.#state.phases < phases) {
        await this.#environment.runExclusive(({ backend }) => this.#phase(backend, picture, signal), signal);
        this.#tell({ phases: this.#state.phases + 1 });
      }
    } catch (error) {
      // With its backend the run is gone: it comes again from its start, the same.
      this.#drop();
      if (!signal.aborted) this.#tell(resting);
      throw error;
    }
  }

  async #phase(backend: Backend, picture: string, signal: AbortSignal): Promise<void> {
    if (this.#active && this.#active.backend !== backend) {
      this.#drop();
      throw new EngineReopenedError();
    }
    const run = this.#active?.run ?? (await this.#open(backend, picture));
    signal.throwIfAborted();
    this.#show({ type: 'training-phase', phase: run.nextPhase });
    const show = (panels: ShownPanels) => this.#present(panels, run.run.step);
    const row = await run.advance({ show, showing: 'phase', isTimed: true });
    if (row) this.#show({ type: 'training-row', values: row, targets: run.run.pool.targets });
  }

  async #open(backend: Backend, picture: string): Promise<ActiveRun> {
    const { models, folders, picture: read, files } = this.#environment;
    const stored = new StoredRun(files, {
      id: 'tour',
      preset: tourPreset,
      config: tourConfig,
      ran: tourConfig,
      pictures: null,
      created: 0,
      parent: null,
      checkpoints: [],
      ...noNotes,
    });
    const picturesOf = () => samplePictures([picture], read, tourConfig);
    const run = await ActiveRun.open(stored, backend, { models, folders, picturesOf }, (start) =>
      this.#tell({ start }),
    ).finally(() => this.#tell({ start: null }));
    this.#active = { run, backend };
    return run;
  }

  #show(event: Parameters<Emit>[0] & { type: `training-${string}` }, transfer: Transferable[] = []): void {
    this.#emit({ type: 'tour-shows', event }, transfer);
  }

  async #present({ atlas, histograms, fixed, isPart }: ShownPanels, step: number): Promise<void> {
    const bitmap = await this.#environment.present(atlas.pixels);
    const frame = { step: step - (isPart ? 0 : 1), atlas: bitmap, places: atlas.places, histograms, fixed };
    this.#show({ type: isPart ? 'training-phase-frame' : 'training-frame', frame }, [bitmap]);
  }

  #drop(): void {
    try {
      this.#active?.run.dispose();
    } catch {
      // Its backend went with all that was on it.
    }
    this.#active = null;
  }

  async #close(): Promise<void> {
    this.#turn.abort(new Error('The tour was left.'));
    this.#turn = new AbortController();
    await this.#queue.run(() => {
      this.#drop();
      this.#state = resting;
    });
  }
}
