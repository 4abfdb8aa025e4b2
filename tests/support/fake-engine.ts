/** An engine for tests of the page: it keeps the commands it is sent, and emits the events it is told to. */
import type { Command, Event } from '../../src/protocol/index.ts';
import type { EngineClient, Listener } from '../../src/store/client.ts';

export interface FakeEngine {
  readonly engine: EngineClient;
  /** Every command so far, oldest first. */
  readonly sent: Command[];
  emit(event: Event): void;
  /** Types of the commands so far. */
  types(): Command['type'][];
}

export function fakeEngine(): FakeEngine {
  const listeners = new Set<Listener>();
  const sent: Command[] = [];
  return {
    engine: {
      send: (command) => {
        sent.push(command);
      },
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    sent,
    emit(event) {
      for (const listener of [...listeners]) listener(event);
    },
    types: () => sent.map(({ type }) => type),
  };
}
