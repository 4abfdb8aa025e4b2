/** Compiled programs of a device, each compiled once: at once where it is to run, or beforehand, side by side. */

/** A device's optional features, by WebGPU's names. */
export type Features = Pick<ReadonlySet<string>, 'has'>;

/** A WGSL program. The name tells programs apart: one name, one text. */
export interface Program {
  readonly name: string;
  /** Called once for each device. Its entry point is `main`. */
  readonly code: (features: Features) => string;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #compiled = new Map<string, GPUComputePipeline>();
  /** Being compiled, by name. */
  readonly #compiling = new Map<string, Promise<void>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  #descriptor({ name, code }: Program): GPUComputePipelineDescriptor {
    const module = this.#device.createShaderModule({ code: code(this.#device.features), label: name });
    return { label: name, layout: 'auto', compute: { module, entryPoint: 'main' } };
  }

  /** Blocks until it is compiled, unless it is already. */
  get(program: Program): GPUComputePipeline {
    const known = this.#compiled.get(program.name);
    if (known) return known;
    const made = this.#device.createComputePipeline(this.#descriptor(program));
    this.#compiled.set(program.name, made);
    return made;
  }

  /** Begins to compile it, without blocking. */
  prepare(program: Program): void {
    const { name } = program;
    if (this.#compiled.has(name) || this.#compiling.has(name)) return;
    const compiling = this.#device
      .createComputePipelineAsync(this.#descriptor(program))
      .then((pipeline) => void this.#compiled.set(name, pipeline))
      .finally(() => this.#compiling.delete(name));
    this.#compiling.set(name, compiling);
  }

  /** Resolves when all that was prepared is compiled; rejects when something can't be. */
  async ready(): Promise<void> {
    await Promise.all(this.#compiling.values());
  }
}
