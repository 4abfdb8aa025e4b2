import { heatStops } from '../../../imaging/heat-map.ts';
import { type ErrorScale, errorScales } from '../../../store/view.ts';
import styles from './comparison.module.css';

/** The colours from nothing to a full scale. */
export const HeatBar = () => (
  <span className={styles.bar} style={{ background: `linear-gradient(90deg, ${heatStops.join(', ')})` }} />
);

export interface ErrorFacts {
  /** Of the scale: 8-bit levels, or FLIP's 0 … 1. */
  readonly mean: number;
  readonly most: number;
}

const flipExplained =
  'What a viewer sees change when the two pictures alternate, 0 to 1, at the distance of a desk: 67 pixels a degree.';

interface ErrorLegendProps {
  readonly full: ErrorScale;
  /** Null: not known yet. */
  readonly facts: ErrorFacts | null;
  readonly onFull: (full: ErrorScale) => void;
}

function factsOf(full: ErrorScale, facts: ErrorFacts | null): string {
  const [unit, ofMean, ofMost] = full === 'flip' ? (['FLIP error', 3, 2] as const) : (['of 255', 2, 1] as const);
  return facts ? `${unit}; mean ${facts.mean.toFixed(ofMean)}, most ${facts.most.toFixed(ofMost)}` : unit;
}

/** The scale of the error map's colours, with its mean and largest value. */
export function ErrorLegend({ full, facts, onFull }: ErrorLegendProps) {
  return (
    <div className={styles.legend}>
      <span>0</span>
      <HeatBar />
      <select
        aria-label="Measure and full scale of the error map"
        value={full}
        onChange={({ target }) => onFull(errorScales.find((scale) => String(scale) === target.value) ?? full)}
      >
        {errorScales.map((scale) => (
          <option key={scale} value={scale}>
            {scale === 'flip' ? '1 (FLIP)' : scale}
          </option>
        ))}
      </select>
      <span className={styles.heatFacts} role="status" title={full === 'flip' ? flipExplained : undefined}>
        {factsOf(full, facts)}
      </span>
    </div>
  );
}
