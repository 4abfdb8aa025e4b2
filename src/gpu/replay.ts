/**
 * Work that is done again and again on other values, such as the tiles of a picture: the first time runs through tfjs and is
 * recorded, each later one is the recorded commands again, without tensors, gradients or the pool. The inputs are written into
 * the buffers that were theirs; the result is read from a buffer of the recording's own.
 */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled, tuning } from './custom-op.ts';
import { type Command, Tape } from './tape.ts';
import type { CosrWebGPUBackend } from './webgpu-backend.ts';

export interface Values {
  readonly data: Float32Array;
  readonly shape: number[];
}

export interface Repeated {
  /** Whose work it is, such as the networks. */
  readonly owner: object;
  /** All that tells apart what one owner runs, but for the shapes of the inputs. */
  readonly name: string;
  readonly inputs: readonly Values[];
  /** Bytes that recordings of other work may go on holding while this one is made. */
  readonly spare: number;
  /**
   * Knows the inputs by their tensors alone; reads no other tensors but such as are the same each time, and draws no random
   * values. @returns f32 values
   */
  run(...inputs: tf.Tensor[]): tf.Tensor;
}

/** Runs the work through tfjs and reads its result. */
export async function runOnce({ inputs, run }: Pick<Repeated, 'inputs' | 'run'>): Promise<Float32Array> {
  const result = tf.tidy(() => run(...inputs.map(({ data, shape }) => tf.tensor(data, shape))));
  try {
    return (await result.data()) as Float32Array;
  } finally {
    result.dispose();
  }
}

async function readMapped(buffer: GPUBuffer): Promise<Float32Array> {
  await buffer.mapAsync(GPUMapMode.READ);
  try {
    return new Float32Array(buffer.getMappedRange().slice(0));
  } finally {
    buffer.unmap();
  }
}

interface Recording {
  readonly owner: object;
  readonly key: string;
  readonly commands: readonly Command[];
  readonly inputs: readonly GPUBuffer[];
  /** Read through it; mapped while it is read. */
  readonly output: GPUBuffer;
  /** Buffers of the pool that nothing else uses, the two above among them. */
  readonly held: readonly GPUBuffer[];
  /** Weights, and whatever else it uses without holding it: it is void once one of them is freed. */
  readonly foreign: ReadonlySet<GPUBuffer>;
  /** The commands as they are submitted next, where they are encoded already. */
  ready: readonly GPUCommandBuffer[] | null;
  isBusy: boolean;
  isVoid: boolean;
}

const bytesOf = ({ held }: Recording): number => held.reduce((sum, { size }) => sum + size, 0);

/** The recordings of one device: an LRU by memory. */
export class Recordings {
  readonly #backend: CosrWebGPUBackend;
  /** The most recently used last. */
  #kept: readonly Recording[] = [];
  #refusal: string | null = null;
  /** False: all work runs through tfjs, for comparisons. */
  enabled = true;

  constructor(backend: CosrWebGPUBackend) {
    this.#backend = backend;
    backend.onRelease = (buffer) => {
      for (const recording of this.#kept) if (recording.foreign.has(buffer)) this.#drop(recording);
    };
  }

  get count(): number {
    return this.#kept.length;
  }

  /** Bytes of buffers that they hold. */
  get bytes(): number {
    return this.#kept.reduce((sum, recording) => sum + bytesOf(recording), 0);
  }

  /** Why the last work that ran through tfjs was not recorded, one sentence; null: it was. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Frees all of them. */
  clear(): void {
    for (const recording of this.#kept) this.#drop(recording);
  }

  /**
   * Runs some work: as recorded, or through tfjs where none of its kind and shapes is. All up to the last submit is done when
   * this returns.
   * @returns the result's values, the same to the bit either way
   */
  async run(work: Repeated): Promise<Float32Array> {
    const kernels = customKernelsEnabled() ? tuning() : 'stock';
    const key = [work.name, kernels, ...work.inputs.map(({ shape }) => shape.join('×'))].join(', ');
    const known = this.#kept.find((recording) => recording.owner === work.owner && recording.key === key);
    for (const { data, shape } of work.inputs) {
      if (data.length !== tf.util.sizeFromShape(shape))
        throw new RangeError(`${data.length} values are no [${shape}].`);
    }
    // One run at a time has the buffers.
    if (!this.enabled || known?.isBusy) return runOnce(work);
    if (!known) return this.#record(work, key);
    this.#kept = [...this.#kept.filter((recording) => recording !== known), known];
    for (const [i, buffer] of known.inputs.entries()) this.#write(buffer, work.inputs[i] as Values);
    this.#backend.submit(this.#encoded(known));
    return this.#read(known);
  }

  #write(buffer: GPUBuffer, { data }: Values): void {
    this.#backend.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
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
      const values = readMapped(recording.output);
      // The GPU is at work, and there is nothing else to do.
      if (!this.#backend.profiler?.isListening) recording.ready = this.#backend.encode(recording.commands);
      return await values;
    } catch (error) {
      // Something of it may not be there, which the next one would find again.
      this.#drop(recording);
      throw error;
    } finally {
      recording.isBusy = false;
      if (recording.isVoid) this.#free(recording);
    }
  }

  /** Runs the work through tfjs, and keeps its commands where they do for other inputs as well. */
  #record({ owner, inputs, spare, run }: Repeated, key: string): Promise<Float32Array> {
    for (const recording of this.#kept) if (this.bytes > spare) this.#drop(recording);
    const backend = this.#backend;
    const tape = new Tape(inputs.map(({ data }) => data));
    const buffers: GPUBuffer[] = [];
    const outputs: GPUBuffer[] = [];
    backend.record(tape, () =>
      tf.tidy(() => {
        const tensors = inputs.map((values) => {
          const info = backend.allocate(values.shape);
          const { buffer } = backend.view(info.dataId);
          // Commands that used this buffer before are submitted, and come first.
          this.#write(buffer, values);
          buffers.push(buffer);
          return tf.engine().makeTensorFromTensorInfo(info);
        });
        outputs.push(backend.staged(run(...tensors).dataId));
      }),
    );
    const [output] = outputs as [GPUBuffer];
    // All else that it had from the pool is free again, unless it kept a tensor.
    const taken = [...tape.acquired].filter((buffer) => backend.take(buffer));
    const held = [...taken, output];
    if (held.length < tape.acquired.size) tape.fail('It keeps a tensor.');
    this.#refusal = tape.failure;
    if (tape.failure !== null) {
      this.#release(taken, true);
      return readMapped(output).finally(() => this.#release([output], true));
    }
    const { commands, foreign } = tape;
    const recording: Recording = {
      ...{ owner, key, commands, inputs: buffers, output, held, foreign },
      ...{ ready: null, isBusy: false, isVoid: false },
    };
    this.#kept = [...this.#kept, recording];
    return this.#read(recording);
  }

  /** It is used no more; memory that is in use is freed afterwards. */
  #drop(recording: Recording): void {
    this.#kept = this.#kept.filter((kept) => kept !== recording);
    recording.isVoid = true;
    if (!recording.isBusy) this.#free(recording);
  }

  #free({ held }: Recording): void {
    // In the pool they would wait for tensors of just their sizes.
    this.#release(held, false);
  }

  #release(buffers: readonly GPUBuffer[], reuse: boolean): void {
    // Of a device that is disposed of, all is gone.
    if (this.#backend.isDisposed) return;
    for (const buffer of buffers) this.#backend.bufferManager.releaseBuffer(buffer, reuse);
  }
}
