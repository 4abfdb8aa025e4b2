/**
 * Work that is done again and again on other values, such as the tiles of a picture or the phases of an iteration: the first time
 * runs through tfjs and is recorded, each later one is the recorded commands again, without tensors, gradients or the pool. Inputs
 * are written into buffers of the recording's own. A result is read from one, or stays on the GPU as tensors that are the same
 * ones each time.
 */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled, tuning } from './custom-op.ts';
import { type Command, Tape } from './tape.ts';
import { type DataId, SharedBuffers } from './taped-backend.ts';
import type { CosrWebGPUBackend } from './webgpu-backend.ts';
import { inTidy, type Kept, keepOnce, type Lease, type Repeated, runOnce, type Values, type Work } from './work.ts';

interface Recording {
  readonly owner: object;
  readonly key: string;
  readonly commands: readonly Command[];
  readonly inputs: readonly GPUBuffer[];
  readonly reads: readonly DataId[];
  /** Of work whose values are wanted: they are read through it, and it is mapped meanwhile. */
  readonly output: GPUBuffer | null;
  /** Of other work. */
  readonly result: Kept | null;
  /** Buffers that nothing else uses, of constants and of the output. */
  readonly own: readonly GPUBuffer[];
  /** Those of inputs and of all that comes and goes: recordings have them in common, since they run one after the other. */
  readonly scratch: readonly GPUBuffer[];
  /** Tensors that get other values: the result's, and what changes in place. */
  readonly written: readonly DataId[];
  /** Weights, and whatever else it uses without holding it: it is void once one of them is freed. */
  readonly foreign: ReadonlySet<GPUBuffer>;
  /** The commands as they are submitted next, where they are encoded already. */
  ready: readonly GPUCommandBuffer[] | null;
  /** Its result is not read yet, or not released. */
  isBusy: boolean;
  isVoid: boolean;
}

type Ending = Pick<Recording, 'output' | 'result'>;

/** Uniforms are few bytes, but thousands of buffers. */
const most = 64;

/** The recordings of one device: an LRU by memory. */
export class Recordings {
  readonly #backend: CosrWebGPUBackend;
  /** The most recently used last. */
  #kept: readonly Recording[] = [];
  readonly #scratch: SharedBuffers;
  /** Dropped while work runs that has the scratch. */
  #dropped: Recording[] | null = null;
  #refusal: string | null = null;
  /** False: all work runs through tfjs, for comparisons. */
  enabled = true;

  constructor(backend: CosrWebGPUBackend) {
    this.#backend = backend;
    this.#scratch = new SharedBuffers(backend);
    backend.onRelease = (buffer) => {
      for (const recording of this.#kept) if (recording.foreign.has(buffer)) this.#drop(recording);
    };
  }

  get count(): number {
    return this.#kept.length;
  }

  /** Bytes of buffers that they hold. */
  get bytes(): number {
    const apart = this.#kept.flatMap(({ own, result }) => [...own, ...this.#buffersOf(result)]);
    return [...apart, ...this.#scratch.buffers].reduce((sum, { size }) => sum + size, 0);
  }

  /** Why the last work that ran through tfjs was not recorded, one sentence; null: it was. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Frees all of them. */
  clear(): void {
    for (const recording of this.#kept) this.#drop(recording);
  }

  /** Frees those of an owner. */
  forget(owner: object): void {
    for (const recording of this.#kept) if (recording.owner === owner) this.#drop(recording);
  }

  /**
   * Runs some work: as recorded, or through tfjs where none of its kind and shapes is. All up to the last submit is done when
   * this returns.
   * @returns the result's values, the same to the bit either way
   */
  async run(work: Repeated): Promise<Float32Array> {
    const { key, known, isBusy } = this.#find(work);
    if (!this.enabled || isBusy) return runOnce(work);
    if (known) {
      this.#replay(known, work);
      return this.#read(known);
    }
    const outputs: GPUBuffer[] = [];
    const recording = this.#record(work, key, (result) => {
      outputs.push(this.#backend.staged(result.dataId));
      return { output: outputs[0] as GPUBuffer, result: null };
    });
    if (recording) return this.#read(recording);
    const [output] = outputs as [GPUBuffer];
    return this.#backend.readStaged(output).finally(() => this.#release([output], true));
  }

  /**
   * As `run`, of work whose result stays on the GPU.
   * @returns the result, whose tensors are the caller's until the release
   */
  keep<Result extends Kept>(work: Work<Result>): Lease<Result> {
    const { key, known, isBusy } = this.#find(work);
    if (!this.enabled || isBusy) return keepOnce(work);
    if (known) {
      this.#replay(known, work);
      return this.#lease<Result>(known, known.result as Result);
    }
    const results: Result[] = [];
    const recording = this.#record(work, key, (result) => {
      results.push(result);
      return { output: null, result };
    });
    const [value] = results as [Result];
    return recording ? this.#lease(recording, value) : { value, release: () => tf.dispose([...value.kept]) };
  }

  #find({ owner, name, inputs, reads = [] }: Work<unknown>) {
    for (const input of inputs) {
      if (!(input instanceof tf.Tensor) && input.data.length !== tf.util.sizeFromShape(input.shape))
        throw new RangeError(`${input.data.length} values are no [${input.shape}].`);
    }
    const kernels = customKernelsEnabled() ? tuning() : 'stock';
    const key = [name, kernels, ...inputs.map(({ shape }) => shape.join('×'))].join(', ');
    const known = this.#kept.find((recording) => recording.owner === owner && recording.key === key);
    // One run at a time has the buffers, and what it reads.
    const isBusy = known && (known.isBusy || known.reads.some((dataId, i) => dataId !== reads[i]?.dataId));
    return { key, known, isBusy };
  }

  #replay(known: Recording, { inputs }: Work<unknown>): void {
    this.#kept = [...this.#kept.filter((recording) => recording !== known), known];
    for (const [i, buffer] of known.inputs.entries()) this.#write(buffer, inputs[i] as Values | tf.Tensor);
    this.#backend.submit(this.#encoded(known));
    for (const dataId of known.written) this.#backend.forget(dataId);
  }

  #write(buffer: GPUBuffer, input: Values | tf.Tensor): void {
    if (input instanceof tf.Tensor) this.#backend.copyTo(buffer, input);
    else this.#backend.queue.writeBuffer(buffer, 0, input.data as Float32Array<ArrayBuffer>);
  }

  /** The commands as a profiler wants them, which times what is encoded while it listens. */
  #encoded(recording: Recording): readonly GPUCommandBuffer[] {
    const ready = recording.ready;
    recording.ready = null;
    const isTimed = this.#backend.profiler?.isListening ?? false;
    return isTimed || !ready ? this.#backend.encode(recording.commands) : ready;
  }

  async #read(recording: Recording): Promise<Float32Array> {
    recording.isBusy = true;
    try {
      const values = this.#backend.readStaged(recording.output as GPUBuffer);
      // The GPU is at work, and there is nothing else to do.
      if (!this.#backend.profiler?.isListening) recording.ready = this.#backend.encode(recording.commands);
      return await values;
    } catch (error) {
      // Something of it may not be there, which the next one would find again.
      this.#drop(recording);
      throw error;
    } finally {
      this.#end(recording);
    }
  }

  #lease<Result>(recording: Recording, value: Result): Lease<Result> {
    recording.isBusy = true;
    return { value, release: () => this.#end(recording) };
  }

  #end(recording: Recording): void {
    recording.isBusy = false;
    if (recording.isVoid) this.#free(recording);
  }

  /**
   * Runs the work through tfjs, and keeps its commands where they do for other inputs as well.
   * @param end what becomes of its result, still on the tape
   * @returns null where they do not
   */
  #record<Result>(
    { owner, inputs, reads = [], spare, run }: Work<Result>,
    key: string,
    end: (result: Result) => Ending,
  ): Recording | null {
    for (const recording of this.#kept) {
      // Counting bytes takes a while where there are many.
      if (this.count < most && this.bytes <= spare) break;
      this.#drop(recording);
    }
    const backend = this.#backend;
    const tape = new Tape(inputs.flatMap((input) => (input instanceof tf.Tensor ? [] : [input.data])));
    const buffers: GPUBuffer[] = [];
    const ends: Ending[] = [];
    this.#withScratch(() =>
      backend.record(tape, () => {
        const ending = inTidy(() => {
          const tensors = inputs.map((input) => {
            const info = backend.allocate(input.shape);
            const { buffer } = backend.view(info.dataId);
            // Commands that used this buffer before are submitted, and come first.
            tape.pause(() => this.#write(buffer, input));
            buffers.push(buffer);
            return tf.engine().makeTensorFromTensorInfo(info);
          });
          return end(run(...tensors));
        });
        ends.push(ending);
        for (const { dataId } of ending.result?.kept ?? []) {
          const buffer = backend.ownBuffer(dataId);
          // Others will write there.
          if (buffer && this.#scratch.has(buffer)) backend.resettle(dataId);
        }
      }),
    );
    const [{ output, result }] = ends as [Ending];
    const results = this.#buffersOf(result);
    // All else that it had from the pool is free again, unless it kept a tensor.
    const others = [...tape.acquired].filter((buffer) => buffer !== output && !results.has(buffer));
    const taken = others.filter((buffer) => !this.#scratch.has(buffer) && backend.take(buffer));
    if (others.some((buffer) => !this.#scratch.has(buffer) && !taken.includes(buffer))) tape.fail('It keeps a tensor.');
    this.#refusal = tape.failure;
    if (tape.failure !== null) {
      this.#release(taken, true);
      return null;
    }
    // Uploads, uniforms too, are written once.
    const isScratch = ({ usage }: GPUBuffer) => (usage & GPUBufferUsage.STORAGE) !== 0;
    const scratch = others.filter(isScratch);
    this.#scratch.add(scratch);
    const own = [...taken.filter((buffer) => !isScratch(buffer)), ...(output ? [output] : [])];
    const { commands, foreign } = tape;
    const written = [...tape.written, ...(result?.kept ?? []).map(({ dataId }) => dataId)];
    const recording: Recording = {
      ...{ owner, key, commands, inputs: buffers, reads: reads.map(({ dataId }) => dataId), output, result },
      ...{ own, scratch, written, foreign, ready: null, isBusy: false, isVoid: false },
    };
    this.#kept = [...this.#kept, recording];
    return recording;
  }

  /** Work that is recorded has the scratch from the pool. */
  #withScratch(work: () => void): void {
    this.#dropped = [];
    try {
      this.#scratch.lend(work);
    } finally {
      const isWhole = ({ scratch }: Recording) => scratch.every((buffer) => this.#scratch.has(buffer));
      for (const recording of this.#kept) if (!isWhole(recording)) this.#drop(recording);
      const dropped = this.#dropped;
      this.#dropped = null;
      for (const recording of dropped) this.#free(recording);
    }
  }

  #buffersOf(result: Kept | null): Set<GPUBuffer> {
    return new Set((result?.kept ?? []).flatMap(({ dataId }) => this.#backend.ownBuffer(dataId) ?? []));
  }

  /** It is used no more; memory that is in use is freed afterwards. */
  #drop(recording: Recording): void {
    if (recording.isVoid) return;
    this.#kept = this.#kept.filter((kept) => kept !== recording);
    recording.isVoid = true;
    if (recording.isBusy) return;
    if (this.#dropped) this.#dropped.push(recording);
    else this.#free(recording);
  }

  #free({ own, scratch, result }: Recording): void {
    // In the pool they would wait for tensors of just their sizes.
    this.#release([...own, ...this.#scratch.remove(scratch)], false);
    tf.dispose([...(result?.kept ?? [])]);
  }

  #release(buffers: readonly GPUBuffer[], reuse: boolean): void {
    // Of a device that is disposed of, all is gone.
    if (this.#backend.isDisposed) return;
    for (const buffer of buffers) this.#backend.bufferManager.releaseBuffer(buffer, reuse);
  }
}
