/**
 * tfjs's WebGPU backend with a way in for our own programs: they are recorded into the same command encoder as tfjs's, on
 * the same tensors, so both mix freely. It also frees and uploads without what tfjs wastes on either.
 */

import { type BackendValues, env, type TensorInfo } from '@tensorflow/tfjs-core';
import { Pipelines, type Program } from './pipelines.ts';
import { type DataId, TapedBackend } from './taped-backend.ts';

export interface Dispatch {
  readonly program: Program;
  /** Bound from 0 on, in this order; outputs follow the inputs. */
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Sizes: a uniform after the outputs, u32 each. Kept for good by their values. */
  readonly sizes?: readonly number[];
  /** Values that differ from call to call: a uniform of f32 behind the sizes. */
  readonly values?: readonly number[];
  readonly workgroups: readonly [number, number, number];
  /** Additions and multiplications, where they are what takes time: told to the profiler. */
  readonly flops?: number;
}

/** Where a tensor lies: all of a buffer, or a part of one. */
export interface View {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** The buffer usage of tensors, which tfjs's pool sorts by. */
const tensorUsage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

export class CosrWebGPUBackend extends TapedBackend {
  readonly #pipelines = new Pipelines(this.device);
  readonly #uniforms = new Map<string, GPUBuffer>();
  readonly #halves = new WeakSet<DataId>();

  /** Records one program run. Output tensors get their memory here; one that is also read must not be among the inputs. */
  dispatch({ program, inputs, outputs, sizes = [], values = [], workgroups, flops = 0 }: Dispatch): void {
    const views = [...inputs, ...outputs].map(({ dataId }) => this.view(dataId));
    const resources: GPUBindingResource[] = [...views];
    for (const { dataId } of outputs) this.forget(dataId);
    if (sizes.length > 0) resources.push({ buffer: this.#sizes(sizes) });
    if (values.length > 0) resources.push({ buffer: this.#values(values) });
    if (env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')) {
      this.#pipelines.prepare(program);
      return;
    }
    const pipeline = this.#pipelines.get(program);
    const bindGroup = this.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    this.ensureCommandEncoderReady();
    const { internals } = this;
    internals.computePassEncoder ??= internals.commandEncoder.beginComputePass();
    const pass = internals.computePassEncoder;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    this.announce({ flops, bytes: views.reduce((sum, { size }) => sum + size, 0) });
    pass.dispatchWorkgroups(...workgroups);
    if (++internals.dispatchCountInPass >= (env().get('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE') as number)) this.flush();
  }

  /**
   * Compiles every program that something runs, ours and tfjs's, side by side and without blocking; none of them runs. Nothing
   * else may use the backend until it is done.
   */
  async compile(run: () => void): Promise<void> {
    env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
    try {
      run();
    } finally {
      env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
    }
    await this.#pipelines.ready();
    await this.checkCompileCompletionAsync();
  }

  /** Gives the pool's buffers back, which would wait for tensors of just their sizes. */
  trim(): void {
    this.flush();
    const manager = this.pool;
    for (const buffers of manager.freeBuffers.values()) {
      for (const buffer of buffers.splice(0)) {
        manager.numFreeBuffers--;
        manager.numBytesAllocated -= buffer.size;
        buffer.destroy();
      }
    }
  }

  /** A tensor without memory of its own as yet. */
  allocate(shape: number[]): TensorInfo {
    return this.makeTensorInfo(shape, 'float32');
  }

  /** Where a tensor's values are; it gets its memory now if it has none. */
  view(dataId: DataId): View {
    this.uploadToGPU(dataId);
    const { resource } = this.tensorMap.get(dataId);
    return resource instanceof GPUBuffer
      ? { buffer: resource, offset: 0, size: resource.size }
      : (resource as unknown as View);
  }

  /**
   * A part of a tensor as a tensor of its own, without a copy: it changes with the whole, and must not outlive it.
   * @param offset in values; see training/layout.ts for where it may begin
   */
  part(whole: TensorInfo, offset: number, shape: number[]): TensorInfo {
    const { buffer, offset: start } = this.view(whole.dataId);
    const info = this.allocate(shape);
    const size = shape.reduce((product, n) => product * n, 4);
    const data = this.tensorMap.get(info.dataId);
    data.resource = { buffer, offset: start + 4 * offset, size } as unknown as GPUBuffer;
    data.external = true;
    return info;
  }

  /** One vector out of tensors, each copied to its place; zeros elsewhere. No program runs. */
  gather(length: number, parts: readonly { readonly tensor: TensorInfo; readonly offset: number }[]): TensorInfo {
    const info = this.allocate([length]);
    const { buffer } = this.view(info.dataId);
    const sources = parts.map(({ tensor }) => this.view(tensor.dataId));
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    const { commandEncoder } = this.internals;
    commandEncoder.clearBuffer(buffer);
    sources.forEach((source, i) => {
      const { offset } = parts[i] as { offset: number };
      commandEncoder.copyBufferToBuffer(source.buffer, source.offset, buffer, 4 * offset, source.size);
    });
    return info;
  }

  /** Gives a tensor another one's values, in the memory that it has: whatever reads it, recorded commands too, finds them there. */
  overwrite(to: TensorInfo, from: TensorInfo): void {
    const { buffer, offset } = this.view(to.dataId);
    this.copyTo(buffer, from, offset);
    this.forget(to.dataId);
  }

  /** Copies a tensor's values into a buffer, behind all that was encoded before. @param at bytes */
  copyTo(to: GPUBuffer, { dataId }: Pick<TensorInfo, 'dataId'>, at = 0): void {
    const { buffer, offset, size } = this.view(dataId);
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.internals.commandEncoder.copyBufferToBuffer(buffer, offset, to, at, size);
  }

  /** The buffer that is a tensor's own; null while its values are on the CPU. */
  ownBuffer(dataId: DataId): GPUBuffer | null {
    const { resource } = this.tensorMap.get(dataId);
    return resource instanceof GPUBuffer ? resource : null;
  }

  /** Moves a tensor into a new buffer. */
  resettle(dataId: DataId): void {
    const data = this.tensorMap.get(dataId);
    const { buffer, size } = this.view(dataId);
    const own = this.acquireToKeep(size, tensorUsage(), false);
    this.copyTo(own, { dataId });
    data.resource = own;
    this.bufferManager.releaseBuffer(buffer);
  }

  /** A buffer to map that a tensor's values are copied to, behind all that was encoded before. The caller releases it. */
  staged(dataId: DataId): GPUBuffer {
    const { size } = this.view(dataId);
    const staging = this.bufferManager.acquireBuffer(size, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
    this.copyTo(staging, { dataId });
    return staging;
  }

  /** The values of a buffer from `staged`, once the commands that write it are done. @throws when the device is lost */
  async readStaged(staging: GPUBuffer): Promise<Float32Array> {
    await staging.mapAsync(GPUMapMode.READ);
    try {
      return new Float32Array(staging.getMappedRange().slice(0));
    } finally {
      staging.unmap();
    }
  }

  /**
   * Keeps tensors as f16 from now on, in half the memory. Only programs that ask `isHalf` may read them afterwards.
   * @param cast runs f32 values into f16 ones
   */
  halve(tensors: readonly TensorInfo[], cast: (from: TensorInfo, to: TensorInfo) => void): void {
    const freed: GPUBuffer[] = [];
    for (const { dataId, shape } of tensors) {
      if (this.#halves.has(dataId)) continue;
      const size = shape.reduce((product, n) => product * n, 1);
      const half = this.allocate([Math.ceil(size / 2)]);
      cast({ dataId, shape, dtype: 'float32' }, half);
      const [data, halfData] = [this.tensorMap.get(dataId), this.tensorMap.get(half.dataId)];
      freed.push(data.resource as GPUBuffer);
      data.resource = halfData.resource as GPUBuffer;
      halfData.resource = null as unknown as GPUBuffer;
      this.disposeData(half.dataId);
      this.forget(dataId);
      this.#halves.add(dataId);
    }
    // Commands that read them go first; the pool would keep them for tensors of just their sizes.
    this.flush();
    for (const buffer of freed) this.bufferManager.releaseBuffer(buffer, false);
  }

  isHalf(tensor: TensorInfo): boolean {
    return this.#halves.has(tensor.dataId);
  }

  #sizes(sizes: readonly number[]): GPUBuffer {
    const key = sizes.join();
    const known = this.#uniforms.get(key);
    if (known) return known;
    const size = Math.ceil(sizes.length / 4) * 16;
    const buffer = this.device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true });
    new Uint32Array(buffer.getMappedRange()).set(sizes);
    buffer.unmap();
    this.#uniforms.set(key, buffer);
    return buffer;
  }

  #values(values: readonly number[]): GPUBuffer {
    const size = Math.ceil(values.length / 4) * 16;
    const buffer = this.bufferManager.acquireBuffer(size, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    this.queue.writeBuffer(
      buffer,
      0,
      Float32Array.from({ length: size / 4 }, (_, i) => values[i] ?? 0),
    );
    // Back in the pool after the next submit: a write before it would reach this dispatch too.
    this.internals.uniformPendingDisposal.push(buffer);
    return buffer;
  }

  /**
   * tfjs keeps a freed tensor's buffer until the commands that use it are submitted. Its next values are
   * written by a later command, so there is nothing to wait for. The pool goes with the backend: of a tensor that outlives it, as when
   * its device is lost in the midst of a phase, there is no buffer to give back.
   */
  override disposeData(dataId: DataId, force = false): boolean {
    if (this.internals.disposed) {
      this.tensorMap.delete(dataId);
      return true;
    }
    this.internals.commandQueueOwnedIds.delete(dataId);
    return super.disposeData(dataId, force);
  }

  /** Values go through a buffer of the pool. tfjs makes a new one for each upload, and throws it away. */
  override uploadToGPU(dataId: DataId): void {
    const data = this.tensorMap.get(dataId);
    if (data.resource || !data.values) super.uploadToGPU(dataId);
    else if (!this.tape || this.tape.hasBorn(dataId)) this.#upload(dataId);
    else this.tape.pause(() => this.#upload(dataId));
  }

  #upload(dataId: DataId): void {
    const data = this.tensorMap.get(dataId);
    const values =
      data.dtype === 'float32'
        ? (data.values as Float32Array)
        : Int32Array.from(data.values as Int32Array | Uint8Array);
    this.tape?.upload(values);
    const size = values.byteLength;
    const staging = this.bufferManager.acquireBuffer(size, GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
    this.queue.writeBuffer(staging, 0, values as Float32Array<ArrayBuffer>);
    this.internals.uniformPendingDisposal.push(staging);
    const buffer = this.acquireToKeep(size, tensorUsage());
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.internals.commandEncoder.copyBufferToBuffer(staging, 0, buffer, 0, size);
    this.forget(dataId);
    data.resource = buffer;
  }

  /** tfjs reads whole buffers: a part is copied into one first. */
  override async read(dataId: DataId): Promise<BackendValues> {
    const data = this.tensorMap.get(dataId);
    if (!data || data.values || !data.external) return super.read(dataId);
    const { buffer, offset, size } = this.view(dataId);
    const copy = this.allocate([size / 4]);
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.internals.commandEncoder.copyBufferToBuffer(buffer, offset, this.view(copy.dataId).buffer, 0, size);
    try {
      return await super.read(copy.dataId);
    } finally {
      this.disposeData(copy.dataId);
    }
  }
}
