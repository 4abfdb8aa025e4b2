/**
 * The page's end of the engine: starts the worker, sends commands, hands events to whoever listens. A worker that dies
 * is started again and told the last configuration, so a crash costs one run, not the page.
 */
import type { Command, Event } from './protocol.ts';

export type Listener = (event: Event) => void;

export interface EngineClient {
  send(command: Command): void;
  /** Returns the function that stops listening. */
  listen(listener: Listener): () => void;
}

export function startEngine(): EngineClient {
  const listeners = new Set<Listener>();
  let configuration: Command | null = null;
  let restarts = 0;

  const emit = (event: Event) => {
    for (const listener of listeners) listener(event);
  };

  const spawn = (): Worker => {
    const next = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' });
    next.onmessage = (message: MessageEvent<Event>) => {
      if (message.data.type === 'engine-ready') restarts = 0;
      emit(message.data);
    };
    next.onerror = (failure) => {
      failure.preventDefault();
      next.terminate();
      if (restarts++ < 2) {
        emit({
          type: 'notice',
          level: 'warning',
          message: 'The engine stopped and was started again; nothing that was stored is lost.',
        });
        worker = spawn();
        if (configuration) worker.postMessage(configuration);
        worker.postMessage({ type: 'restore' } satisfies Command);
      } else {
        emit({
          type: 'engine-failed',
          message: `The engine does not start: ${failure.message || 'unknown error'}. Reload the page, or see Diagnosis.`,
        });
      }
    };
    return next;
  };

  let worker = spawn();
  return {
    send(command) {
      if (command.type === 'configure') configuration = command;
      worker.postMessage(command);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
