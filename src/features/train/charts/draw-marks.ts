/** Lines across a chart: the marks, and the iteration that is looked back at. */
import type uPlot from 'uplot';
import type { Mark } from './marks.ts';

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
