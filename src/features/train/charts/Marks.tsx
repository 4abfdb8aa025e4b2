import { useState } from 'react';
import type uPlot from 'uplot';
import type { Annotation } from '../../../report/run-metrics.ts';
import { useApp } from '../../../store/context.ts';
import type { TrainingSlice } from '../../../store/training.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import { useFeed } from '../use-feed.ts';
import styles from './Charts.module.css';

interface Lines {
  readonly marks: readonly Mark[];
  readonly colour: string;
  /** The iteration that is looked back at; null: none. */
  readonly pinned: number | null;
  readonly pinnedColour: string;
}

const editDash = [4, 3];
const checkpointDash = [1, 3];

export function drawMarks(chart: uPlot, { marks, colour, pinned, pinnedColour }: Lines): void {
  const { ctx, bbox } = chart;
  const line = (iteration: number, stroke: string, dash: number[]) => {
    const x = Math.round(chart.valToPos(iteration, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.strokeStyle = stroke;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  };
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { step, isCheckpoint } of marks) line(step, colour, isCheckpoint ? checkpointDash : editDash);
  if (pinned !== null) line(pinned, pinnedColour, []);
  ctx.restore();
}

export interface Mark {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
  readonly isCheckpoint: boolean;
}

export function marksOf(
  { annotations }: Pick<TrainingFeed, 'annotations'>,
  { run, runs }: Pick<TrainingSlice, 'run' | 'runs'>,
): readonly Mark[] {
  const checkpoints = runs.find(({ id }) => id === run?.run)?.checkpoints ?? [];
  return [
    ...annotations.map((annotation) => ({ ...annotation, isCheckpoint: false })),
    ...checkpoints.map(({ step }) => ({ step, text: 'Checkpoint', isCheckpoint: true })),
  ];
}

/** The changes that are marked on the charts, in words; each leads to its iteration. */
export function Marks() {
  const { chartView } = useApp();
  const [edits, setEdits] = useState<readonly Annotation[]>([]);
  const list = useFeed<HTMLElement>('rows', (_, { annotations }) => {
    if (annotations.length !== edits.length || annotations[0] !== edits[0]) setEdits([...annotations]);
  });
  return (
    <section ref={list} className={styles.marks} aria-label="Changes of settings" hidden={edits.length === 0}>
      <h3>Changes of settings</h3>
      <ol>
        {edits.map(({ step, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows
          <li key={index}>
            <button type="button" className={styles.mark} onClick={() => chartView.change({ iteration: step })}>
              {step.toLocaleString('en-US')}
            </button>{' '}
            {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
