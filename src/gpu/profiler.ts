/**
 * Where the GPU's time goes. While it listens, every program runs in a pass of its own between two timestamps, tfjs's programs
 * too; they are read back together at the end. That costs a little time of its own, so it listens only when asked.
 */

/** The least work of a program. */
export interface Work {
  /** Additions and multiplications; 0 where they do not matter. */
  readonly flops: number;
  /** Read and written, each value once. */
  readonly bytes: number;
}

/** All runs of one program. */
export interface ProgramTime extends Work {
  readonly name: string;
  /** Ours; tfjs's say nothing of their work. */
  readonly isOwn: boolean;
  readonly count: number;
  readonly ms: number;
}

export interface PhaseTime {
  readonly name: string;
  /** From the profile's first timestamp to the phase's, and from there to the phase's last. */
  readonly start: number;
  readonly ms: number;
  /** Of its programs; less than `ms` where the GPU waited. */
  readonly busyMs: number;
}

export interface Profile {
  readonly ms: number;
  /** In order. */
  readonly phases: readonly PhaseTime[];
  /** Slowest first. */
  readonly programs: readonly ProgramTime[];
}

interface Run extends Work {
  readonly name: string;
  readonly isOwn: boolean;
  readonly phase: string;
}

/** As many as WebGPU lets a set have: two a run. */
const slots = 4096;

export class Profiler {
  readonly #device: GPUDevice;
  #runs: Run[] | null = null;
  #sets: GPUQuerySet[] = [];
  #phase = '';
  #announced: Work | null = null;

  /** @param device with timestamp queries */
  constructor(device: GPUDevice) {
    this.#device = device;
    const create = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => {
      const encoder = create(descriptor);
      if (this.#runs) this.#time(encoder);
      return encoder;
    };
  }

  /** Whether programs that are encoded now are timed, in query sets that are gone after `stop`. */
  get isListening(): boolean {
    return this.#runs !== null;
  }

  /** From the next command encoder on. */
  start(): void {
    this.#runs = [];
    this.#phase = '';
  }

  /** Names the phase of all programs that are recorded from now on. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  /** The work of the program that is dispatched next. */
  announce(work: Work): void {
    if (this.#runs) this.#announced = work;
  }

  /** Everything must have been submitted. */
  async stop(): Promise<Profile> {
    const [runs, sets] = [this.#runs ?? [], this.#sets];
    this.#runs = null;
    this.#sets = [];
    const times = await this.#read(sets, 2 * runs.length);
    for (const set of sets) set.destroy();
    return summary(runs, times);
  }

  /** Passes of this encoder run each of their programs in a timed pass. */
  #time(encoder: GPUCommandEncoder): void {
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = () => {
      let pipeline: GPUComputePipeline;
      const groups = new Map<number, GPUBindGroup>();
      const pass = {
        setPipeline(given: GPUComputePipeline) {
          pipeline = given;
        },
        setBindGroup(index: number, group: GPUBindGroup) {
          groups.set(index, group);
        },
        dispatchWorkgroups: (...workgroups: [number, number?, number?]) => {
          const timestampWrites = this.#next(pipeline.label);
          const timed = begin(timestampWrites && { timestampWrites });
          timed.setPipeline(pipeline);
          for (const [index, group] of groups) timed.setBindGroup(index, group);
          timed.dispatchWorkgroups(...workgroups);
          timed.end();
        },
        end() {},
      };
      return pass as unknown as GPUComputePassEncoder;
    };
  }

  #next(name: string): GPUComputePassTimestampWrites | undefined {
    const runs = this.#runs;
    // An encoder that was begun before the end.
    if (!runs) return undefined;
    const first = (2 * runs.length) % slots;
    if (first === 0) this.#sets.push(this.#device.createQuerySet({ type: 'timestamp', count: slots }));
    const work = this.#announced;
    this.#announced = null;
    runs.push({ name, isOwn: work !== null, phase: this.#phase, ...(work ?? { flops: 0, bytes: 0 }) });
    return {
      querySet: this.#sets.at(-1) as GPUQuerySet,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** @returns nanoseconds since the first */
  async #read(sets: readonly GPUQuerySet[], count: number): Promise<number[]> {
    if (count === 0) return [];
    const size = 8 * slots;
    const resolved = this.#device.createBuffer({
      size: size * sets.length,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const read = this.#device.createBuffer({
      size: 8 * count,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.#device.createCommandEncoder();
    sets.forEach((set, i) => {
      encoder.resolveQuerySet(set, 0, Math.min(slots, count - i * slots), resolved, i * size);
    });
    encoder.copyBufferToBuffer(resolved, 0, read, 0, 8 * count);
    this.#device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const values = new BigUint64Array(read.getMappedRange());
    const origin = values[0];
    const times = Array.from(values, (value) => Number(value - origin));
    for (const buffer of [resolved, read]) buffer.destroy();
    return times;
  }
}

/** @param times of every run its beginning and end, in nanoseconds */
export function summary(runs: readonly Run[], times: readonly number[]): Profile {
  const phases = new Map<string, { start: number; end: number; busyMs: number }>();
  const programs = new Map<string, { -readonly [K in keyof ProgramTime]: ProgramTime[K] }>();
  let last = 0;
  runs.forEach(({ name, isOwn, phase, flops, bytes }, i) => {
    const [start, end] = [times[2 * i], times[2 * i + 1]].map((time) => time / 1e6) as [number, number];
    // Some drivers reset their clock.
    const ms = Math.max(0, end - start);
    last = Math.max(last, end);
    const known = phases.get(phase) ?? { start, end, busyMs: 0 };
    phases.set(phase, { start: known.start, end: Math.max(known.end, end), busyMs: known.busyMs + ms });
    const program = programs.get(name) ?? { name, isOwn, count: 0, ms: 0, flops: 0, bytes: 0 };
    program.count++;
    program.ms += ms;
    program.flops += flops;
    program.bytes += bytes;
    programs.set(name, program);
  });
  return {
    ms: last,
    phases: [...phases].map(([name, { start, end, busyMs }]) => ({ name, start, ms: end - start, busyMs })),
    programs: [...programs.values()].sort((a, b) => b.ms - a.ms),
  };
}
