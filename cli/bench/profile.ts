/** Where a workload's time goes by the GPU's own clock: by phase and by program, beside what the adapter can do at most. */
import type { Backend } from '../../src/gpu/backend.ts';
import { measurePeak, type Peak, shareOfPeak } from '../../src/gpu/peak.ts';
import type { Profile } from '../../src/gpu/profiler.ts';
import type { Finding, Workload } from './measure.ts';
import { printTable } from './table.ts';

type Profiling = NonNullable<Backend['profile']>;

async function profileOf(profile: Profiling, workload: Workload): Promise<Profile> {
  const prepared = await workload.prepare();
  const run = (enter: (phase: string) => void) =>
    prepared.run({
      enter,
      async measure(name, work) {
        enter(name);
        return work();
      },
    });
  try {
    // The first time compiles.
    await profile(run);
    return await profile(run);
  } finally {
    prepared.dispose();
  }
}

const [shown, giga] = [16, 1e9];

/** The adapter's peak, the phases of a tile, its slowest programs. */
function printKernels(peak: Peak, profile: Profile): void {
  const [flops, bytes] = [peak.flopsPerSecond / giga, peak.bytesPerSecond / giga];
  console.log(`\nPeak of the adapter: ${flops.toFixed(1)} GFLOP/s, ${bytes.toFixed(1)} GB/s\n`);
  const phases = profile.phases.map(({ name, ...times }) => [
    name,
    ...[times.start, times.ms, times.busyMs].map((ms) => ms.toFixed(1)),
  ]);
  printTable([['phase', 'from ms', 'ms', 'busy ms'], ...phases]);
  console.log('');
  const total = profile.programs.reduce((sum, { ms }) => sum + ms, 0);
  const programs = profile.programs.slice(0, shown).map((program) => {
    const { name, isOwn, count, ms, flops, bytes } = program;
    const share = `${(100 * shareOfPeak(program, peak)).toFixed(0)} %`;
    const rates = isOwn ? [(flops / ms / 1e6).toFixed(1), (bytes / ms / 1e6).toFixed(2), share] : ['', '', ''];
    return [name, String(count), ms.toFixed(1), `${((100 * ms) / total).toFixed(1)} %`, ...rates];
  });
  printTable([['program', 'runs', 'ms', 'of all', 'GFLOP/s', 'GB/s', 'of peak'], ...programs]);
}

const noTime: Finding = {
  json: null,
  print: () => console.log('\nThis adapter keeps no time of single programs (no timestamp-query).'),
};

export async function profileKernels(backend: Backend, workload: Workload): Promise<Finding> {
  if (!backend.profile) return noTime;
  const profile = await profileOf(backend.profile, workload);
  const peak = await measurePeak(backend);
  return { json: { peak, profile }, print: () => printKernels(peak, profile) };
}

/** The U-Net's part of one step and of the teacher's chain: the rest is the same in both. */
export async function compareSteps(backend: Backend, oneStep: Workload, chain: Workload): Promise<Finding> {
  if (!backend.profile) return noTime;
  const denoising = ({ phases }: Profile) => phases.find(({ name }) => name === 'denoise')?.busyMs ?? 0;
  const student = denoising(await profileOf(backend.profile, oneStep));
  const teacher = denoising(await profileOf(backend.profile, chain));
  const ratio = teacher / student;
  return {
    json: { student, teacher, ratio },
    ratios: { 'teacher ÷ student': ratio },
    print: () =>
      console.log(
        `\nU-Net, by the GPU's clock: ${student.toFixed(1)} ms in one step, ${teacher.toFixed(1)} ms in the teacher's chain: ${ratio.toFixed(1)}×`,
      ),
  };
}
