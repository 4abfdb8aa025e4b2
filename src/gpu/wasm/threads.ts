/**
 * Threads of our own for our programs: tfjs's take no work of others. Each has the same module on the same shared memory, and
 * sleeps until there is work. That is a list of calls in that memory, cut into shares; whoever is free takes the next one, the
 * engine's thread too. So nobody waits for a thread that has not started or never does, and as a share's results depend on
 * nothing but its calls, they are the same bits on any number of threads.
 */
import {
  add,
  atomics,
  call,
  constant,
  get,
  isAbove,
  isBelow,
  isEqual,
  load32,
  multiply,
  set,
  subtract,
  type WasmFunction,
  when,
  whilst,
} from './assembly.ts';

/** Workers that come with tfjs's module; it starts no more. */
const mostThreads = 8;

/** Threads of WebAssembly, tfjs's and as many of ours: one a logical core where the page is isolated, one in Node. */
export const wasmThreads = (): number =>
  globalThis.crossOriginIsolated ? Math.max(1, Math.min(mostThreads, navigator.hardwareConcurrency)) : 1;

/** Runs programs of type P. */
export interface Threads<P> {
  /** On the calling thread. */
  readonly programs: P;
  /** Shares that work is cut into: those of one round may run at the same time, each in a place of its own. */
  readonly shares: number;
  /**
   * Runs items, whose order is free, to their end.
   * @param item makes an item's calls, which follow each other, and nothing else that has to: they may run only later. What
   *   other items are not to overwrite meanwhile is in its share's place, 0 … shares − 1
   */
  run(items: number, item: (programs: P, item: number, share: number) => void): void;
}

/** Cuts rows, or whatever else there is a count of, into parts of neighbours. */
export function onThreads<P>(
  { shares, run }: Threads<P>,
  count: number,
  part: (programs: P, first: number, length: number) => void,
): void {
  const parts = Math.min(shares, count);
  const start = (n: number) => Math.floor((n * count) / parts);
  run(parts, (programs, n) => part(programs, start(n), start(n + 1) - start(n)));
}

export const oneThread = <P>(programs: P): Threads<P> => ({
  programs,
  shares: 1,
  run(items, item) {
    for (let n = 0; n < items; n++) item(programs, n, 0);
  },
});

/** A call is its function's place and arguments, in words of four bytes. */
const callWords = 16;
/** Calls that are kept, and how many of them an item may have at the most. */
const [mostCalls, mostOfItem] = [16_384, 2048];
/** Several a thread, so that none waits long for another. */
const sharesOfThread = 4;

/** Words that come before the shares: the round's number, shares to take, those done, and all of them. */
const [round, left, done, count, head] = [0, 1, 2, 3, 4] as const;
const [leftAt, doneAt, countAt] = [4 * left, 4 * done, 4 * count] as const;

/** The functions, and those that run lists of calls of them. The memory has to be shared. */
export function withShares(functions: Readonly<Record<string, WasmFunction>>): Readonly<Record<string, WasmFunction>> {
  const all = Object.values(functions);
  const [playPlace, takePlace] = [all.length, all.length + 1];
  const one = constant(1);

  const play: WasmFunction = (() => {
    const [at, end, place] = [0, 1, 2] as const;
    return {
      parameters: 2,
      integers: 1,
      vectors: 0,
      body: [
        whilst(
          isBelow(get(at), get(end)),
          set(place, load32(get(at))),
          ...all.map(({ parameters }, i) => {
            const given = Array.from({ length: parameters }, (_, n) => load32(get(at), 4 * (n + 1)));
            return when(isEqual(get(place), constant(i)), call(i, ...given));
          }),
          set(at, add(get(at), constant(4 * callWords))),
        ),
      ],
    };
  })();

  /** A late thread finds none left: the number goes below 0 until the next round sets it. */
  const take: WasmFunction = (() => {
    const [state, share, place] = [0, 1, 2] as const;
    const next = set(share, atomics.subtract(get(state), leftAt, one));
    const before = 4 * head - 8;
    return {
      parameters: 1,
      integers: 2,
      vectors: 0,
      body: [
        next,
        whilst(
          isAbove(get(share), constant(0)),
          set(place, add(get(state), multiply(get(share), constant(8)))),
          call(playPlace, load32(get(place), before), load32(get(place), before + 4)),
          when(
            isEqual(add(atomics.add(get(state), doneAt, one), one), load32(get(state), countAt)),
            atomics.notify(get(state), doneAt),
          ),
          next,
        ),
      ],
    };
  })();

  /** A thread's life. */
  const serve: WasmFunction = (() => {
    const [state, known] = [0, 1] as const;
    return {
      parameters: 1,
      integers: 1,
      vectors: 0,
      body: [
        whilst(
          one,
          atomics.wait(get(state), 4 * round, get(known)),
          set(known, atomics.load(get(state), 4 * round)),
          call(takePlace, get(state)),
        ),
      ],
    };
  })();

  /** Takes shares, then waits for those that others took. */
  const finish: WasmFunction = (() => {
    const [state, known] = [0, 1] as const;
    const look = set(known, atomics.load(get(state), doneAt));
    return {
      parameters: 1,
      integers: 1,
      vectors: 0,
      body: [
        call(takePlace, get(state)),
        look,
        whilst(subtract(get(known), load32(get(state), countAt)), atomics.wait(get(state), doneAt, get(known)), look),
      ],
    };
  })();

  return { ...functions, play, take, serve, finish };
}

/** A thread's own program; a text, as bundlers and minifiers leave those alone. */
const threadText = `onmessage = ({ data: { module, memory, state } }) =>
  new WebAssembly.Instance(module, { on: { memory } }).exports.serve(state);`;

interface Several<P> {
  /** With those of `withShares`. */
  readonly programs: P;
  /** Of functions, in the module's order. */
  readonly names: readonly (keyof P)[];
  readonly module: WebAssembly.Module;
  /** Shared. */
  readonly memory: WebAssembly.Memory;
  readonly allocate: (bytes: number) => number;
  /** Threads beside the calling one. */
  readonly others: number;
}

export function severalThreads<P>({ programs, names, module, memory, allocate, others }: Several<P>): Threads<P> {
  const shares = sharesOfThread * (others + 1);
  const listStart = head + 2 * shares;
  const words = listStart + callWords * mostCalls;
  const state = allocate(4 * words);
  // As far as they reach, the memory's bytes are the same ones after it has grown.
  const list = new Int32Array(memory.buffer, state, words).fill(0);
  start(others, { module, memory, state });
  const { finish } = programs as { finish(state: number): void };

  let end = listStart;
  const recorder = Object.fromEntries(
    names.map((name, place) => [
      name,
      (...given: number[]) => {
        list[end] = place;
        for (let i = 0; i < given.length; i++) list[end + 1 + i] = given[i] as number;
        end += callWords;
      },
    ]),
  ) as P;

  /** Runs all calls so far, and forgets them. */
  function play(used: number): void {
    list[count] = used;
    Atomics.store(list, done, 0);
    Atomics.store(list, left, used);
    Atomics.add(list, round, 1);
    Atomics.notify(list, round, used - 1);
    finish(state);
    end = listStart;
  }

  return {
    programs,
    shares,
    run(items, item) {
      const parts = Math.min(shares, items);
      let used = 0;
      end = listStart;
      for (let share = 0; share < parts; share++) {
        let first = end;
        const close = () => {
          list.set([state + 4 * first, state + 4 * end], head + 2 * used++);
        };
        const last = Math.floor(((share + 1) * items) / parts);
        for (let n = Math.floor((share * items) / parts); n < last; n++) {
          item(recorder, n, share);
          if (end > words) throw new Error('A piece of work on WebAssembly has more calls than there is space for.');
          if (end <= words - callWords * mostOfItem) continue;
          close();
          play(used);
          [first, used] = [listStart, 0];
        }
        if (end > first) close();
      }
      if (used > 0) play(used);
    },
  };
}

/** Starts threads, which serve some time after the calling one next waits for events. */
function start(threads: number, message: unknown): void {
  const address = URL.createObjectURL(new Blob([threadText], { type: 'text/javascript' }));
  for (let n = 0; n < threads; n++) {
    const worker = new Worker(address);
    // One that does not start is no fault of the engine's, which would end by it: the others do its work.
    worker.onerror = (event) => event.preventDefault();
    worker.postMessage(message);
  }
}
