/**
 * `npm run curve -- RUN OUT.svg`: how the student of a run of `npm run train` did on the held-out pictures, beside bicubic: the
 * curve as a picture, and as the lines of a table.
 */
import { curvesSvg } from '../src/report/curves-svg.ts';
import { aheadFrom } from '../src/report/run-metrics.ts';
import { fail, parsed } from './arguments.ts';
import { RunFolder } from './train/run-folder.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run curve -- RUN OUT.svg
  RUN      folder of a run of npm run train --evaluate
  OUT.svg  the curve`;

/** dB after so many iterations. */
interface Point {
  readonly step: number;
  readonly student: number;
  readonly bicubic: number;
}

/** @param points two at least, in the order of their iterations */
function plotted(points: readonly Point[]): string {
  const curve = (name: 'student' | 'bicubic', colour: string) => ({
    name,
    colour,
    isDashed: name === 'bicubic',
    points: points.map((point) => [point.step, point[name]] as const),
  });
  const drawing = {
    title: 'PSNR-Y of the student and of bicubic on the held-out pictures, by iteration',
    unit: 'PSNR-Y, dB',
    isLabelled: true,
    sheet: { paper: '#fff', ink: '#333' },
  };
  return curvesSvg([curve('bicubic', '#8a5a00'), curve('student', '#1556b8')], drawing) ?? '';
}

async function measured(path: string): Promise<Point[]> {
  const points: Point[] = [];
  const folder = new RunFolder(path);
  await folder.keepOriginals();
  for (const [step, scores] of await folder.heldOut()) {
    const { psnrY: student, bicubicPsnrY: bicubic } = scores;
    if (student !== undefined && bicubic !== undefined) points.push({ step, student, bicubic });
  }
  if (points.length < 2) throw new Error(`${path} holds no measurements: train it with --evaluate.`);
  return points;
}

async function main(): Promise<void> {
  const { positionals } = parsed(usage, { allowPositionals: true });
  const [run, out, ...rest] = positionals;
  if (run === undefined || out === undefined || rest.length > 0) fail(usage, 2);
  const points = await measured(run);
  await writeFileWhole(out, plotted(points));
  console.log('| iteration | student, dB | bicubic, dB | difference |\n| ---: | ---: | ---: | ---: |');
  for (const { step, student, bicubic } of points) {
    const difference = student - bicubic;
    const cells = [
      step,
      student.toFixed(2),
      bicubic.toFixed(2),
      `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(2)}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const from = aheadFrom(points);
  console.log(from === null ? 'Not above bicubic for good.' : `Above bicubic from iteration ${from} on.`);
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
