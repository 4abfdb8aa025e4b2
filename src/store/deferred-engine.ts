/** An engine that starts later than the page: what it is told before that waits in order. */

import type { Command } from '../protocol/index.ts';
import type { EngineClient, Listener } from './client.ts';

export interface DeferredEngine extends EngineClient {
  start(): void;
}

export function deferredEngine(open: () => EngineClient): DeferredEngine {
  const listeners = new Set<Listener>();
  let early: Command[] = [];
  let engine: EngineClient | null = null;
  return {
    start() {
      if (engine) return;
      engine = open();
      engine.listen((event) => {
        for (const listener of listeners) listener(event);
      });
      for (const command of early) engine.send(command);
      early = [];
    },
    send(command) {
      if (engine) engine.send(command);
      else early.push(command);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
