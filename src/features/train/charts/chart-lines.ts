/** What a chart shows: all curves of a group, or one of them for each of several runs. */
import type { CurveName } from '../../../store/curves/curves.ts';
import { spoken } from '../maths/plain.tsx';
import { colourOf, isDashedColour, type ShownRun } from '../runs/use-shown-runs.ts';
import type { ChartGroup, Series } from './groups.ts';
import type { Line } from './lines.ts';

/** A line with its words in the legend. */
export interface NamedLine extends Line {
  readonly key: string;
  readonly symbol?: string;
  readonly name: string;
}

/** The curve in letters alone, for a list to choose from. */
export const curveText = ({ symbol, name }: Series): string => (symbol ? `${spoken(symbol)}, ${name}` : name);

const ofOneRun = ({ series }: ChartGroup): NamedLine[] =>
  series.map((each, index) => ({
    ...each,
    key: each.curve,
    run: null,
    colour: colourOf(index),
    isDashed: each.isReference === true || isDashedColour(index),
  }));

/** The references are those of the first run. */
function ofRuns({ series }: ChartGroup, runs: readonly ShownRun[], curve: CurveName): NamedLine[] {
  const runOf = ({ run, isOpen }: ShownRun) => (isOpen ? null : run);
  const lines = runs.map((run) => {
    const { name, colour, isDashed } = run;
    return { key: run.run, curve, run: runOf(run), colour, isDashed, name };
  });
  const references = series
    .filter((each) => each.isReference && each.curve !== curve)
    .map((each) => ({
      ...each,
      key: each.curve,
      run: runOf(runs[0] as ShownRun),
      colour: 'var(--faint)',
      isDashed: true,
    }));
  return [...lines, ...references];
}

export const isComparison = (runs: readonly ShownRun[]): boolean => runs.some(({ isOpen }) => !isOpen);

/** @param curve the one that runs are compared by */
export const linesOf = (group: ChartGroup, runs: readonly ShownRun[], curve: CurveName): NamedLine[] =>
  isComparison(runs) ? ofRuns(group, runs, curve) : ofOneRun(group);
