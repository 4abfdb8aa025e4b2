/**
 * Notes the commands of a stretch of work as they are encoded, to give them again without the code that led there: dispatches
 * and copies, tfjs's as ours, and the buffers that they use.
 */
import type { DataId } from '@tensorflow/tfjs-core';
import { onCall, onResult } from './counters.ts';
import type { Work } from './profiler.ts';

interface Dispatched {
  readonly kind: 'dispatch';
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: readonly [number, number?, number?];
  /** Null of tfjs's programs. */
  readonly work: Work | null;
}
type Copied = { readonly kind: 'copy'; readonly given: readonly [GPUBuffer, number, GPUBuffer, number, number] };
type Cleared = { readonly kind: 'clear'; readonly given: readonly [GPUBuffer, number?, number?] };

/** In the order of the device's queue. */
export type Command = Dispatched | Copied | Cleared | { readonly kind: 'submit' };

/** Commands of encoders that are not noted. */
const unnoted = {
  encoder: ['copyBufferToTexture', 'copyTextureToBuffer', 'copyTextureToTexture', 'beginRenderPass', 'resolveQuerySet'],
  pass: ['dispatchWorkgroupsIndirect'],
} as const satisfies { encoder: readonly (keyof GPUCommandEncoder)[]; pass: readonly (keyof GPUComputePassEncoder)[] };

export class Tape {
  readonly commands: Command[] = [];
  /** Buffers that the pool gave to the work. */
  readonly acquired = new Set<GPUBuffer>();
  /** Buffers that were there before, of weights and sizes. */
  readonly foreign = new Set<GPUBuffer>();
  /** Values of the inputs on the CPU. */
  readonly #inputs: ReadonlySet<ArrayBufferLike>;
  /** Tensors that were there before and have other values now. */
  readonly written = new Set<DataId>();
  readonly #born = new WeakSet<DataId>();
  #failure: string | null = null;
  #isPaused = false;
  #work: Work | null = null;

  constructor(inputs: readonly Float32Array[]) {
    this.#inputs = new Set(inputs.map(({ buffer }) => buffer));
  }

  /** Why the same commands would not do for other inputs, one sentence; null: they do. */
  get failure(): string | null {
    return this.#failure;
  }

  fail(reason: string): void {
    this.#failure ??= reason;
  }

  /** Does what is done once, and not again with the commands: the upload of a weight. */
  pause(work: () => void): void {
    const wasPaused = this.#isPaused;
    this.#isPaused = true;
    try {
      work();
    } finally {
      this.#isPaused = wasPaused;
    }
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  add(command: Command): void {
    if (!this.#isPaused) this.commands.push(command);
  }

  acquire(buffer: GPUBuffer): void {
    if (!this.#isPaused) this.acquired.add(buffer);
  }

  /** A buffer goes back to the pool. */
  release(buffer: GPUBuffer): void {
    if (this.foreign.has(buffer)) this.fail('It frees a tensor that was there before.');
  }

  /** The work made a tensor. */
  bear(dataId: DataId): void {
    this.#born.add(dataId);
  }

  hasBorn(dataId: DataId): boolean {
    return this.#born.has(dataId);
  }

  /** A tensor gets other values where it is. */
  write(dataId: DataId): void {
    if (!this.#isPaused && !this.hasBorn(dataId)) this.written.add(dataId);
  }

  /** Values are uploaded for a tensor that the work made. */
  upload({ buffer }: ArrayBufferView): void {
    if (this.#inputs.has(buffer)) this.fail('It uploads the values of an input as if they were always the same.');
  }

  /** The work of the program that is dispatched next. */
  announce(work: Work): void {
    this.#work = work;
  }

  bind({ entries }: GPUBindGroupDescriptor): void {
    for (const { resource } of entries) {
      if (resource instanceof GPUBuffer) this.#touch(resource);
      else if ('buffer' in resource) this.#touch(resource.buffer);
      else this.fail('It reads a texture.');
    }
  }

  /** Notes all that is encoded from now on. */
  watch(encoder: GPUCommandEncoder): void {
    onResult(encoder, 'beginComputePass', (pass: GPUComputePassEncoder) => this.#watchPass(pass));
    onCall(encoder, 'copyBufferToBuffer', (...given) => {
      const copied = given as unknown as Copied['given'];
      this.#touch(copied[0]);
      this.#touch(copied[2]);
      this.add({ kind: 'copy', given: copied });
    });
    onCall(encoder, 'clearBuffer', (...given) => {
      const cleared = given as unknown as Cleared['given'];
      this.#touch(cleared[0]);
      this.add({ kind: 'clear', given: cleared });
    });
    for (const method of unnoted.encoder) onCall(encoder, method, () => this.fail(`It asks for ${method}.`));
  }

  #watchPass(pass: GPUComputePassEncoder): void {
    let pipeline: GPUComputePipeline;
    let group: GPUBindGroup;
    onCall(pass, 'setPipeline', (given) => {
      pipeline = given as GPUComputePipeline;
    });
    onCall(pass, 'setBindGroup', (index, given, ...offsets) => {
      if (index !== 0 || offsets.length > 0) this.fail('It binds more than one group.');
      group = given as GPUBindGroup;
    });
    onCall(pass, 'dispatchWorkgroups', (...given) => {
      const workgroups = given as unknown as Dispatched['workgroups'];
      this.add({ kind: 'dispatch', pipeline, group, workgroups, work: this.#work });
      this.#work = null;
    });
    for (const method of unnoted.pass) onCall(pass, method, () => this.fail(`It asks for ${method}.`));
  }

  #touch(buffer: GPUBuffer): void {
    if (!this.#isPaused && !this.acquired.has(buffer)) this.foreign.add(buffer);
  }
}
