/** Figures of tests for the documentation: scripts/robustness.mjs says where, and writes them into its tables. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function noteFigures(name: string, figures: unknown): void {
  const { FIGURES } = process.env;
  if (FIGURES) writeFileSync(join(FIGURES, `${name}.json`), JSON.stringify(figures));
}
