/**
 * A restricted reader of Python pickles: the part of protocol 2 that `torch.save` writes. A pickle is a program for a
 * stack machine that may name any Python function and call it; this machine knows a list of names given by the caller and
 * refuses every other, by name. A name on the list leads to a function written here, or to nothing: no Python is run, and
 * nothing of the file is ever taken for code. One pass, bounded in steps, objects and nesting.
 *
 * Python's values become: None null, dict a Map, list an array, tuple a frozen array, integers numbers (beyond 2⁵³
 * bigints), and what the caller's functions return.
 */
import { FormatError, quote } from './errors.ts';
import { damaged, PickleBytes } from './pickle-bytes.ts';

/** The effect of calling a listed name; null: it may be mentioned, but not called. */
export type PickleCall = ((args: readonly unknown[]) => unknown) | null;

export interface PickleRules {
  /** "module.name" → what it stands for. */
  readonly globals: ReadonlyMap<string, PickleCall>;
  /** The value of a persistent id: torch's way of naming storages. */
  readonly persistent: (id: unknown) => unknown;
}

/** A name from the list, as it stands in the file. */
export class PickleGlobal {
  constructor(
    readonly name: string,
    readonly call: PickleCall,
  ) {}
}

/** The pickle of a checkpoint with a thousand tensors has some hundred kilobytes and 50,000 steps. */
export const mostPickleBytes = 16 * 2 ** 20;
const mostSteps = 4_000_000;
const mostObjects = 200_000;
const mostNested = 1000;

/** For messages: the operations of other protocols, and those that only serve to build arbitrary objects. */
const refused: ReadonlyMap<number, string> = new Map([
  [0x49, 'INT'],
  [0x4c, 'LONG'],
  [0x50, 'PERSID'],
  [0x53, 'STRING'],
  [0x54, 'BINSTRING'],
  [0x55, 'SHORT_BINSTRING'],
  [0x56, 'UNICODE'],
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x81, 'NEWOBJ'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  [0x8b, 'LONG4'],
  [0x92, 'NEWOBJ_EX'],
  [0x93, 'STACK_GLOBAL'],
  [0x95, 'FRAME'],
]);

const mark = Symbol('mark');

class Machine {
  readonly #bytes: PickleBytes;
  readonly #rules: PickleRules;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #objects = 0;
  #marks = 0;

  constructor(bytes: Uint8Array, rules: PickleRules) {
    this.#bytes = new PickleBytes(bytes);
    this.#rules = rules;
  }

  run(): unknown {
    for (let step = 0; step < mostSteps; step++) {
      const operation = this.#bytes.byte();
      if (operation === 0x2e /* STOP */) {
        const result = this.#pop();
        if (this.#stack.length > 0) throw damaged('it ends with values left over');
        return result;
      }
      this.#execute(operation);
    }
    throw new FormatError(`The checkpoint's pickle takes more than ${mostSteps} steps, more than any checkpoint.`);
  }

  #execute(operation: number): void {
    if (this.#number(operation) || this.#container(operation) || this.#reference(operation)) return;
    const name = refused.get(operation) ?? `0x${operation.toString(16).padStart(2, '0')}`;
    throw new FormatError(
      `The checkpoint's pickle uses the operation ${name}, which torch.save doesn't; nothing of it was run. Save the state_dict again with torch.save.`,
    );
  }

  /** Numbers, text and the other plain values. @returns whether the operation was one of these */
  #number(operation: number): boolean {
    switch (operation) {
      case 0x80: {
        const protocol = this.#bytes.byte();
        if (protocol !== 2) {
          throw new FormatError(
            `The checkpoint is pickled by protocol ${protocol}; torch.save's own is 2. Save it again without pickle_protocol.`,
          );
        }
        return true;
      }
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(this.#bytes.int32());
      case 0x4b: // BININT1
        return this.#push(this.#bytes.byte());
      case 0x4d: // BININT2
        return this.#push(this.#bytes.uint16());
      case 0x8a: // LONG1
        return this.#push(this.#bytes.long(this.#bytes.byte()));
      case 0x47: // BINFLOAT
        return this.#push(this.#bytes.float64());
      case 0x58: // BINUNICODE
        return this.#push(this.#bytes.text(this.#bytes.uint32()));
      default:
        return false;
    }
  }

  #container(operation: number): boolean {
    switch (operation) {
      case 0x28: // MARK
        if (++this.#marks > mostNested) {
          throw new FormatError(`The checkpoint's pickle is nested more than ${mostNested} deep.`);
        }
        return this.#push(mark);
      case 0x29: // EMPTY_TUPLE
        return this.#make(Object.freeze([]));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#make(Object.freeze(this.#popSome(operation - 0x84)));
      case 0x74: // TUPLE
        return this.#make(Object.freeze(this.#popToMark()));
      case 0x5d: // EMPTY_LIST
        return this.#make([]);
      case 0x7d: // EMPTY_DICT
        return this.#make(new Map());
      case 0x61: // APPEND
        return this.#append(this.#popSome(1));
      case 0x65: // APPENDS
        return this.#append(this.#popToMark());
      case 0x73: // SETITEM
        return this.#setItems(this.#popSome(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark());
      default:
        return false;
    }
  }

  #reference(operation: number): boolean {
    switch (operation) {
      case 0x71: // BINPUT
        return this.#put(this.#bytes.byte());
      case 0x72: // LONG_BINPUT
        return this.#put(this.#bytes.uint32());
      case 0x68: // BINGET
        return this.#get(this.#bytes.byte());
      case 0x6a: // LONG_BINGET
        return this.#get(this.#bytes.uint32());
      case 0x63: // GLOBAL
        return this.#push(this.#global());
      case 0x51: // BINPERSID
        return this.#make(this.#rules.persistent(this.#pop()));
      case 0x52: // REDUCE
        return this.#reduce();
      case 0x62: // BUILD
        // An object's own attributes, such as an OrderedDict's _metadata: nothing here has any, so they are dropped.
        this.#pop();
        if (typeof this.#top() !== 'object' || this.#top() === null)
          throw damaged('it gives attributes to a plain value');
        return true;
      default:
        return false;
    }
  }

  #global(): PickleGlobal {
    const name = `${this.#bytes.line()}.${this.#bytes.line()}`;
    const call = this.#rules.globals.get(name);
    if (call === undefined) {
      throw new FormatError(
        `The file asks for the Python object ${quote(name)}, which a checkpoint doesn't need; nothing of it was run. Save the network's state_dict() alone.`,
      );
    }
    return new PickleGlobal(name, call);
  }

  #reduce(): boolean {
    const args = this.#pop();
    const callee = this.#pop();
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args) || !Object.isFrozen(args)) {
      throw damaged('it calls what can’t be called');
    }
    if (callee.call === null) {
      throw new FormatError(`The file calls ${quote(callee.name)}, which a checkpoint only mentions; nothing was run.`);
    }
    return this.#make(callee.call(args));
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  /** Pushes a new object: these cost memory, so they are counted. */
  #make(value: unknown): true {
    if (++this.#objects > mostObjects) {
      throw new FormatError(
        `The checkpoint's pickle makes more than ${mostObjects} objects, more than any checkpoint.`,
      );
    }
    return this.#push(value);
  }

  #top(): unknown {
    return this.#stack[this.#stack.length - 1];
  }

  #pop(): unknown {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) throw damaged('it takes values that are not there');
    return value;
  }

  #popSome(count: number): unknown[] {
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.unshift(this.#pop());
    return values;
  }

  #popToMark(): unknown[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw damaged('it takes values that are not there');
    this.#marks--;
    return this.#stack.splice(at).slice(1);
  }

  #append(values: readonly unknown[]): true {
    const list = this.#top();
    if (!Array.isArray(list) || Object.isFrozen(list)) throw damaged('it appends to what is no list');
    for (const value of values) list.push(value);
    return true;
  }

  #setItems(pairs: readonly unknown[]): true {
    const dict = this.#top();
    if (!(dict instanceof Map) || pairs.length % 2 !== 0) throw damaged('it sets entries of what is no dictionary');
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (dict.has(key)) throw damaged(`a dictionary names ${typeof key === 'string' ? quote(key) : 'a key'} twice`);
      dict.set(key, pairs[i + 1]);
    }
    return true;
  }

  #put(index: number): true {
    const value = this.#top();
    if (value === undefined || value === mark) throw damaged('it remembers what is not there');
    this.#memo.set(index, value);
    return true;
  }

  #get(index: number): true {
    const value = this.#memo.get(index);
    if (value === undefined) throw damaged('it recalls what it never remembered');
    return this.#push(value);
  }
}

/**
 * @param bytes one pickle, whole
 * @throws FormatError naming the first operation or Python name that is not on the list
 */
export function unpickle(bytes: Uint8Array, rules: PickleRules): unknown {
  if (bytes.length > mostPickleBytes) {
    throw new FormatError(`The checkpoint's pickle has ${bytes.length} bytes, more than any checkpoint.`);
  }
  return new Machine(bytes, rules).run();
}
