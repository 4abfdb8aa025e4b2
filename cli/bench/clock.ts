/** The time of work that is run several times. */

/** Milliseconds. Other work on the machine adds to `wall`, and hardly to `cpu`, which is of all threads together. */
export interface Times {
  readonly wall: number;
  readonly cpu: number;
}

export const untimed: Times = { wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };

/** Runs it once. @returns the better of its times and those before, each clock by itself */
export async function faster(run: () => Promise<unknown>, before: Times): Promise<Times> {
  const [started, used] = [performance.now(), process.cpuUsage()];
  await run();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(used);
  return { wall: Math.min(before.wall, wall), cpu: Math.min(before.cpu, (user + system) / 1000) };
}

/** The fastest of so many times. */
export async function fastest(run: () => Promise<unknown>, repeats: number): Promise<Times> {
  let best = untimed;
  for (let repeat = 0; repeat < repeats; repeat++) best = await faster(run, best);
  return best;
}
