import { heatStops } from '../../../imaging/heat-map.ts';
import type { CompareLayer } from '../../../protocol/compare.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { heatScales } from '../../../store/view.ts';
import { useComparePictures } from '../use-compare.ts';
import styles from './stage.module.css';

/** The colours from nothing to a full scale. */
export const HeatBar = () => (
  <span className={styles.bar} style={{ background: `linear-gradient(90deg, ${heatStops.join(', ')})` }} />
);

/** The scale of the difference's colours, with its mean and largest value. */
export function HeatLegend({ pair: [left, right] }: { readonly pair: readonly [CompareLayer, CompareLayer] }) {
  const full = useAppState(({ compare }) => compare.view.full);
  const { setCompareView } = useActions();
  const difference = useComparePictures().difference(right, left, full);
  return (
    <div className={styles.legend}>
      <span>0</span>
      <HeatBar />
      <select
        aria-label="Full scale of the heat map in 8-bit levels"
        value={full}
        onChange={(event) => setCompareView({ full: Number(event.target.value) })}
      >
        {heatScales.map((scale) => (
          <option key={scale} value={scale}>
            {scale}
          </option>
        ))}
      </select>
      <span className={styles.heatFacts} role="status">
        {difference ? `of 255; mean ${difference.mean.toFixed(2)}, most ${difference.most.toFixed(1)}` : 'of 255'}
      </span>
    </div>
  );
}
