/**
 * The page's end of the engine: starts the worker, sends commands, hands events to whoever listens. A worker that dies
 * is started again and told the last configuration, so a crash costs one run, not the page.
 */
import type { Command, Event } from '../protocol/index.ts';

export type Listener = (event: Event) => void;

export interface EngineClient {
  /** The first command tells that the page listens: events of before follow. */
  send(command: Command): void;
  /** Returns the function that stops listening. */
  listen(listener: Listener): () => void;
}

/** Commands that a user waits for while a tile runs: the tile lets them in before its end. */
const urgent: ReadonlySet<Command['type']> = new Set(['cancel', 'export']);

/** Crashes in a row after which a new worker would only crash again. */
const mostRestarts = 2;

export function startEngine(): EngineClient {
  const listeners = new Set<Listener>();
  let configuration: Command | null = null;
  let training: Command | null = null;
  let evaluation: Command | null = null;
  let crashes = 0;
  let worker: Worker | null = null;
  let viewed: string | null = null;
  /** Heard before the page was there. */
  let early: Event[] | null = [];
  // Only a cross-origin isolated page has it; elsewhere messages wait for the tile's end.
  const interrupt = typeof SharedArrayBuffer === 'undefined' ? null : new Int32Array(new SharedArrayBuffer(4));

  const emit = (event: Event) => {
    if (early) early.push(event);
    else for (const listener of listeners) listener(event);
  };

  const spawn = (): Worker => {
    const next = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module', name: 'engine' });
    next.onmessage = (message: MessageEvent<Event>) => {
      if (message.data.type === 'engine-ready') crashes = 0;
      emit(message.data);
    };
    next.onerror = (failure) => {
      failure.preventDefault();
      next.terminate();
      worker = null;
      crashes++;
      if (crashes <= mostRestarts) {
        emit({
          type: 'notice',
          level: 'warning',
          message: 'The engine stopped and was started again; nothing that was stored is lost.',
        });
        worker = revive();
      } else {
        emit({
          type: 'engine-failed',
          message: `The engine does not start: ${failure.message || 'unknown error'}. Reload the page, or see Diagnosis.`,
        });
      }
    };
    if (interrupt) {
      next.postMessage({ type: 'share-interrupt', memory: interrupt.buffer as SharedArrayBuffer } satisfies Command);
    }
    return next;
  };

  const isUrgent = (command: Command): boolean => {
    if (command.type !== 'view') return urgent.has(command.type);
    // Another picture; a change of the visible part can wait.
    const isOther = command.id !== viewed && command.id !== null;
    viewed = command.id;
    return isOther;
  };

  /** A new worker that knows what the old one was told. */
  const revive = (): Worker => {
    const next = spawn();
    if (configuration) next.postMessage(configuration);
    next.postMessage({ type: 'restore' } satisfies Command);
    if (training) next.postMessage(training);
    if (evaluation) next.postMessage(evaluation);
    return next;
  };

  worker = spawn();
  return {
    send(command) {
      const heard = early ?? [];
      early = null;
      heard.forEach(emit);
      if (command.type === 'configure') configuration = command;
      if (command.type === 'training-open') training = command;
      if (command.type === 'evaluation-open') evaluation = command;
      if (isUrgent(command) && interrupt) Atomics.store(interrupt, 0, 1);
      // From the first picture or run on there is something to lose: ask the browser not to evict it. Chrome does not prompt.
      const keeps = ['add', 'training-new', 'models-import', 'compare-add', 'evaluation-add'];
      if (keeps.includes(command.type)) void navigator.storage?.persist?.();
      // After it was given up, a new configuration is the user's wish to try again.
      if (worker) worker.postMessage(command);
      else if (command.type === 'configure') worker = revive();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * The page's store as the actions of some slices see it. Each names the slices that it reads or writes, so slices do not know
 * the whole state, which is made of them.
 */
export interface SliceStore<Slices extends object> {
  getState(): Slices;
  setState(change: Partial<Slices> | ((state: Slices) => Partial<Slices>)): void;
}
