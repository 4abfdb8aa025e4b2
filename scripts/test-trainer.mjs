/** The trainer's tests, with the first Python that has what they need; without one they are skipped and that is said. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const needs = ['torch', 'numpy', 'PIL', 'safetensors', 'tqdm', 'pytest'];
const candidates = [process.env.COSR_PYTHON, '.cache/trainer/bin/python', 'python3', 'python'].filter(
  (python) => python && (!python.includes('/') || existsSync(python)),
);
const python = candidates.find(
  (name) => spawnSync(name, ['-c', `import ${needs.join(', ')}`], { stdio: 'ignore' }).status === 0,
);
if (!python) {
  console.log(
    `Skipped: no Python with ${needs.join(', ')} (COSR_PYTHON may name one). Nothing in the app depends on it.`,
  );
  process.exit(0);
}
// Whole runs are for `npm test -- all`, which sets CI.
const chosen = process.env.CI ? [] : ['-m', 'not long'];
const { status } = spawnSync(python, ['-m', 'pytest', 'trainer/tests', '-q', ...chosen], { stdio: 'inherit' });
process.exit(status ?? 1);
