/** The routing of commands, a table with one handler for each command of a union by its type; and queues for what must not overlap. */
import type { Event } from '../../protocol/index.ts';

/** Sends an event to the page. @param transfer what moves with it instead of being copied */
export type Emit = (event: Event, transfer?: Transferable[]) => void;

interface Typed {
  readonly type: string;
}

/** Exactly one handler a command: a missing or a surplus one does not compile. */
export type Handlers<C extends Typed> = {
  readonly [T in C['type']]: (command: Extract<C, { readonly type: T }>) => Promise<void> | void;
};

/** Runs the command's handler. @throws what that throws */
export async function dispatch<C extends Typed>(handlers: Handlers<C>, command: C): Promise<void> {
  // TypeScript can't see that the key and the command belong together.
  const handle = handlers[command.type as C['type']] as (command: C) => Promise<void> | void;
  await handle(command);
}

/** The same handlers, each called by `run`: in a queue, or with something done before or after. */
export function wrapHandlers<C extends Typed>(
  handlers: Handlers<C>,
  run: (work: () => Promise<void> | void, command: C) => Promise<void>,
): Handlers<C> {
  const types = Object.keys(handlers) as C['type'][];
  const wrapped = types.map((type) => [type, (command: C) => run(() => dispatch(handlers, command), command)] as const);
  return Object.fromEntries(wrapped) as unknown as Handlers<C>;
}

/** Work that must not overlap: each piece begins when the one before has ended, well or not. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the work returns. @throws what it throws; the next piece runs all the same */
  run<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all that was queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
