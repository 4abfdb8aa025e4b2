/** tfjs's WebGPU backend with a tape beside its command encoder: it notes what some work encodes, and encodes it anew. */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { BackendValues, TensorInfo } from '@tensorflow/tfjs-core';
import { onCall, onResult } from './counters.ts';
import type { Profiler, Work } from './profiler.ts';
import type { Command, Tape } from './tape.ts';

export type DataId = TensorInfo['dataId'];

/** Private members of tfjs's backend that ours use. */
interface Internals {
  commandEncoder: GPUCommandEncoder;
  disposed: boolean;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<DataId>;
  dispatchCountInPass: number;
  uniformPendingDisposal: GPUBuffer[];
}

/** Private members of tfjs's buffer manager. */
interface Pool {
  readonly freeBuffers: Map<string, GPUBuffer[]>;
  readonly usedBuffers: ReadonlyMap<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numUsedBuffers: number;
  numBytesUsed: number;
  numBytesAllocated: number;
}

/** As the buffer manager sorts buffers. */
const keyOf = ({ size, usage }: GPUBuffer): string => `${size}_${usage}`;

export class TapedBackend extends WebGPUBackend {
  /** Hears of the work of every program of ours. */
  profiler: Profiler | null = null;
  /** Hears of every buffer that is freed. */
  onRelease: (buffer: GPUBuffer) => void = () => {};
  /** Null but while `record` runs. */
  protected tape: Tape | null = null;
  /** Uniforms and staging buffers of what is on the tape. */
  readonly #written: GPUBuffer[] = [];
  /** Values that are being read back. */
  readonly #reads = new Set<{ readonly dataId: DataId; isPast: boolean }>();

  constructor(...given: ConstructorParameters<typeof WebGPUBackend>) {
    super(...given);
    onResult(this.bufferManager, 'acquireBuffer', (buffer: GPUBuffer) => this.tape?.acquire(buffer));
    onCall(this.bufferManager, 'releaseBuffer', (buffer) => {
      this.tape?.release(buffer as GPUBuffer);
      this.onRelease(buffer as GPUBuffer);
    });
    onCall(this.device, 'createBindGroup', (descriptor) => this.tape?.bind(descriptor as GPUBindGroupDescriptor));
  }

  protected get internals(): Internals {
    return this as unknown as Internals;
  }

  protected get pool(): Pool {
    return this.bufferManager as unknown as Pool;
  }

  get isDisposed(): boolean {
    return this.internals.disposed;
  }

  /** Hands everything encoded so far to the GPU. */
  flush(): void {
    this.endComputePassEncoder();
    if (this.internals.commandEncoder) this.submitQueue();
  }

  /** The work of the program that is dispatched next. */
  protected announce(work: Work): void {
    this.tape?.announce(work);
    this.profiler?.announce(work);
  }

  /** Notes all that some work encodes, its last submit included; what was encoded before is submitted first. */
  record(tape: Tape, work: () => void): void {
    this.flush();
    this.tape = tape;
    try {
      work();
    } finally {
      this.flush();
      this.tape = null;
      for (const buffer of this.#written.splice(0)) this.bufferManager.releaseBuffer(buffer);
    }
  }

  /** Noted commands encoded anew, to be submitted once: a command buffer for each submit among them. */
  encode(commands: readonly Command[]): GPUCommandBuffer[] {
    const buffers: GPUCommandBuffer[] = [];
    let encoder: GPUCommandEncoder | null = null;
    let pass: GPUComputePassEncoder | null = null;
    let last: GPUComputePipeline | null = null;
    for (const command of commands) {
      if (command.kind === 'submit' && !encoder) continue;
      encoder ??= this.device.createCommandEncoder();
      if (command.kind === 'dispatch') {
        const { pipeline, group, workgroups, work } = command;
        if (!pass) last = null;
        pass ??= encoder.beginComputePass();
        if (pipeline !== last) pass.setPipeline(pipeline);
        last = pipeline;
        pass.setBindGroup(0, group);
        if (work) this.profiler?.announce(work);
        pass.dispatchWorkgroups(...workgroups);
        continue;
      }
      pass?.end();
      pass = null;
      if (command.kind === 'copy') encoder.copyBufferToBuffer(...command.given);
      else if (command.kind === 'clear') encoder.clearBuffer(...command.given);
      else {
        buffers.push(encoder.finish());
        encoder = null;
      }
    }
    return buffers;
  }

  /** Hands over what `encode` made, behind all that was encoded before. */
  submit(buffers: readonly GPUCommandBuffer[]): void {
    if (buffers.length === 0) return;
    this.flush();
    this.queue.submit(buffers);
  }

  /** Takes a free buffer out of the pool, to be in use until it is released. False: it is not free. */
  take(buffer: GPUBuffer): boolean {
    const { pool } = this;
    const key = keyOf(buffer);
    const free = pool.freeBuffers.get(key) ?? [];
    const index = free.indexOf(buffer);
    if (index < 0) return false;
    free.splice(index, 1);
    pool.usedBuffers.get(key)?.push(buffer);
    pool.numFreeBuffers--;
    pool.numUsedBuffers++;
    pool.numBytesUsed += buffer.size;
    return true;
  }

  /** A buffer of the pool; while the tape is paused a new one, where nothing was that a replay would put there again. */
  protected acquireToKeep(size: number, usage: number, reuse = !this.tape?.isPaused): GPUBuffer {
    const buffer = this.bufferManager.acquireBuffer(size, usage, false, reuse);
    // tfjs makes a place for it to be freed to of others alone.
    const { freeBuffers } = this.pool;
    if (!freeBuffers.has(keyOf(buffer))) freeBuffers.set(keyOf(buffer), []);
    return buffer;
  }

  override ensureCommandEncoderReady(): void {
    if (this.internals.commandEncoder) return;
    super.ensureCommandEncoderReady();
    this.tape?.watch(this.internals.commandEncoder);
  }

  override submitQueue(): void {
    if (this.tape) {
      this.tape.add({ kind: 'submit' });
      // From the pool, what the work encodes next would write them anew.
      this.#written.push(...this.internals.uniformPendingDisposal.splice(0));
    }
    super.submitQueue();
  }

  override write(...given: Parameters<WebGPUBackend['write']>): DataId {
    const dataId = super.write(...given);
    this.tape?.bear(dataId);
    return dataId;
  }

  /** Values that were read back before are out of date. Of a tensor that is gone there are none. */
  forget(dataId: DataId): void {
    if (!this.tensorMap.has(dataId)) return;
    this.tape?.write(dataId);
    for (const read of this.#reads) read.isPast ||= read.dataId === dataId;
    const data = this.tensorMap.get(dataId);
    data.values = null as unknown as typeof data.values;
  }

  /** tfjs keeps what it reads for who asks next: not where the tensor has got other values meanwhile. */
  override async read(dataId: DataId): Promise<BackendValues> {
    if (this.tensorMap.get(dataId)?.values) return super.read(dataId);
    const read = { dataId, isPast: false };
    this.#reads.add(read);
    try {
      return await super.read(dataId);
    } finally {
      this.#reads.delete(read);
      if (read.isPast) this.forget(dataId);
    }
  }

  override getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer> {
    this.tape?.fail('It reads values back.');
    return super.getBufferData(buffer);
  }

  override readSync(dataId: DataId): ReturnType<WebGPUBackend['readSync']> {
    // Inputs are on the GPU from the start: what still is on the CPU depends on none.
    if (this.tensorMap.get(dataId).values == null) this.tape?.fail('It reads values back.');
    return super.readSync(dataId);
  }
}

/** Buffers of the pool that several hold in common and nothing else uses, but what they are lent to. */
export class SharedBuffers {
  readonly #backend: TapedBackend;
  readonly #holders = new Map<GPUBuffer, number>();

  constructor(backend: TapedBackend) {
    this.#backend = backend;
  }

  get buffers(): Iterable<GPUBuffer> {
    return this.#holders.keys();
  }

  has(buffer: GPUBuffer): boolean {
    return this.#holders.has(buffer);
  }

  /** One more holds them. New ones are in use. */
  add(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) this.#holders.set(buffer, (this.#holders.get(buffer) ?? 0) + 1);
  }

  /** One less holds them. @returns those that nobody holds any more, to be released */
  remove(buffers: readonly GPUBuffer[]): GPUBuffer[] {
    return buffers.filter((buffer) => {
      const holders = this.#holders.get(buffer) ?? 0;
      if (holders > 1) this.#holders.set(buffer, holders - 1);
      return holders === 1 && this.#holders.delete(buffer);
    });
  }

  /** Runs work that has them from the pool. Those that it does not give back are no longer among these. */
  lend(work: () => void): void {
    for (const buffer of this.buffers) this.#backend.bufferManager.releaseBuffer(buffer);
    try {
      work();
    } finally {
      for (const buffer of [...this.buffers]) if (!this.#backend.take(buffer)) this.#holders.delete(buffer);
    }
  }
}
