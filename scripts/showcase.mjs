/**
 * All pictures that stand for the project, made anew from the shipped weights: `npm run showcase` (an hour or more on two cores,
 * most of it the recorded run and the gallery), or some of them: `npm run showcase -- --only hero,film`. Each part is a command of
 * its own, printed before it runs; one that fails ends the whole, and `--only` goes on from there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

const npm = (script, ...args) => ['npm', 'run', '--silent', script, '--', ...args];
const run = 'runs/recording';
const training = [
  '--data',
  'tests/images/signs',
  '--held-out',
  'tests/images/signs/held-out',
  '--evaluate',
  '40',
  '--pictures',
  '10',
];
const begun = ['--config', 'cli/record/recording.json', ...training, '--out', run];
const sheet = (lr, rows, file) =>
  npm(
    'evaluate',
    ...[
      '--hr',
      'tests/images/hr',
      '--lr',
      `tests/images/${lr}`,
      '--methods',
      'bicubic,l2,sinsr,ours',
      '--backend',
      'wasm',
    ],
    ...['--sheet', file, '--sheet-rows', String(rows)],
  );

const parts = [
  { name: 'pair', makes: 'the pair that Upscale opens with', commands: [npm('screenshots', '--showcase')] },
  { name: 'hero', makes: 'docs/screenshot.webp', commands: [npm('screenshots')] },
  {
    name: 'sheets',
    makes: 'docs/contact-sheet.webp, docs/contact-sheet-bicubic.webp',
    commands: [sheet('lr', 10, 'docs/contact-sheet.webp'), sheet('lr-bicubic', 10, 'docs/contact-sheet-bicubic.webp')],
  },
  { name: 'gallery', makes: 'public/gallery', commands: [npm('gallery', '--backend', 'wasm')] },
  {
    name: 'recording',
    makes: 'public/recordings/demo.zip, docs/from-random.svg',
    commands: [
      // A run that was cut off goes on.
      npm(
        'train',
        '--steps',
        '1600',
        '--backend',
        'wasm',
        ...(existsSync(run) ? [...training, '--resume', run] : begun),
      ),
      npm('bundle', run, 'public/recordings/demo.zip', '--recording', '--frames', '80', '--quality', '80'),
      npm('curve', run, 'docs/from-random.svg'),
    ],
  },
  {
    name: 'film',
    makes: 'docs/film.webp: the Train page as it replays the recorded run',
    commands: [npm('screenshots', '--film')],
  },
];

const names = parts.map(({ name }) => name);
const { only } = parseArgs({ options: { only: { type: 'string', default: names.join() } } }).values;
const wanted = only.split(',');
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`--only takes ${names.join(', ')}, separated by commas; there is no ${unknown.join(', ')}.`);
  process.exit(2);
}
for (const { name, makes, commands } of parts.filter(({ name }) => wanted.includes(name))) {
  console.log(`\n▶ ${name}: ${makes}`);
  for (const [program, ...args] of commands) {
    console.log(`  ${[program, ...args].join(' ')}`);
    const { status } = spawnSync(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
    if (status !== 0) {
      console.error(
        `✗ ${name} failed. After the cause is mended: npm run showcase -- --only ${names.slice(names.indexOf(name)).join()}`,
      );
      process.exit(1);
    }
  }
}
