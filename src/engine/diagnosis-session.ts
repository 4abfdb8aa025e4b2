/** The worker's side of the Diagnosis page. The checks are loaded when they are asked for: few visits need them. */
import { errorMessage } from '../formats/errors.ts';
import type { DiagnosisCommand } from '../protocol/diagnosis.ts';
import { EngineReopenedError } from './runtime/errors.ts';
import type { RunExclusive } from './runtime/gpu-scheduler.ts';
import type { Emit, Handlers } from './runtime/handlers.ts';
import type { UpscaleEngine } from './runtime/upscale-engine.ts';

/** The owner of the engine. */
interface EngineOwner {
  /** Null while none is open. */
  readonly compute: UpscaleEngine | null;
  readonly runExclusive: RunExclusive;
}

export class DiagnosisSession {
  readonly handlers: Handlers<DiagnosisCommand> = {
    diagnose: () => this.#diagnose(),
    profile: () => this.#profile(),
    measure: () => this.#measure(),
    'stop-measuring': () => this.#stop.abort(),
    'lose-device': () => this.#loseDevice(),
  };
  readonly #owner: EngineOwner;
  readonly #emit: Emit;
  #stop = new AbortController();

  constructor(owner: EngineOwner, emit: Emit) {
    this.#owner = owner;
    this.#emit = emit;
  }

  async #diagnose(): Promise<void> {
    const { diagnose } = await import('./diagnosis.ts');
    this.#emit({ type: 'diagnosis', diagnosis: await diagnose(this.#owner.compute) });
  }

  async #profile(): Promise<void> {
    try {
      if (!this.#owner.compute) throw new Error('The engine is not ready: profile a tile when it is.');
      const { profileTile } = await import('./diagnosis.ts');
      // Alone on the backend: other work would be in its times.
      const profile = await this.#owner.runExclusive(() => {
        if (!this.#owner.compute) throw new EngineReopenedError();
        return profileTile(this.#owner.compute);
      }, new AbortController().signal);
      this.#emit({ type: 'profile', profile, message: null });
    } catch (error) {
      this.#emit({ type: 'profile', profile: null, message: errorMessage(error) });
    }
  }

  async #measure(): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    try {
      if (!this.#owner.compute) throw new Error('The engine is not ready: measure when it is.');
      const { measureMachine } = await import('./machine-report.ts');
      const report = await this.#owner.runExclusive((_, stop) => {
        if (!this.#owner.compute) throw new EngineReopenedError();
        return measureMachine(this.#owner.compute, (step) => this.#emit({ type: 'measuring', step }), stop);
      }, signal);
      this.#emit({ type: 'measured', report, message: null });
    } catch (error) {
      this.#emit({ type: 'measured', report: null, message: signal.aborted ? null : errorMessage(error) });
    }
  }

  #loseDevice(): void {
    const { compute } = this.#owner;
    if (compute?.backend.device) compute.loseDevice();
    else
      this.#emit({
        type: 'notice',
        level: 'warning',
        message: 'There is no GPU device to lose: the engine runs on WebAssembly.',
      });
  }
}
