import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'react';
import { useApp } from '../../../store/context.ts';
import { Explained } from '../maths/Explained.tsx';
import { ChartBar } from './ChartBar.tsx';
import styles from './Charts.module.css';
import { type ChartGroup, chartGroups, type Scale, scales } from './groups.ts';
import { Marks } from './Marks.tsx';
import { marksOf } from './marks.ts';
import { attachPlot } from './plot.ts';

function Chart({ group }: { readonly group: ChartGroup }) {
  const { feed, look, store } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLTableSectionElement>(null);
  const [scale, setScale] = useState<Scale>(group.scale);
  useEffect(() => {
    if (!host.current || !legend.current) return;
    const parts = { host: host.current, legend: [...legend.current.children] as HTMLElement[] };
    return attachPlot(parts, group, scale, feed, look, () => marksOf(feed, store.getState().training));
  }, [group, scale, feed, look, store]);
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.title}>
        <h3>{group.title}</h3>
        <select
          className={styles.scale}
          aria-label={`Vertical axis of ${group.title}`}
          value={scale}
          onChange={(event) => setScale(event.target.value as Scale)}
        >
          {scales.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </figcaption>
      <div ref={host} className={styles.plot} role="img" aria-label={`${group.description}, by iteration`} />
      <table className={styles.legend}>
        <caption className="sr-only">{group.description}, at the iteration that is shown</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">Curve</th>
            <th scope="col">Smoothed</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody ref={legend}>
          {group.series.map(({ curve, symbol, name, isReference }, index) => (
            <tr
              key={curve}
              className={styles.item}
              data-column={curve}
              data-dashed={isReference || index >= 4 || undefined}
            >
              <th scope="row" className={styles.name}>
                <span className={styles.swatch} aria-hidden="true" />
                {symbol && <Explained tex={symbol} />} <span className={styles.word}>{name}</span>
              </th>
              <td className={styles.smooth} data-smooth />
              <td className={styles.value} data-value />
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** Every number of every iteration. Range and cursor are the same in all charts. */
export function Charts() {
  return (
    <section className={styles.section} aria-label="Curves">
      <h2 className="sr-only">Curves</h2>
      <ChartBar />
      <div className={styles.charts}>
        {chartGroups.map((group) => (
          <Chart key={group.title} group={group} />
        ))}
      </div>
      <Marks />
    </section>
  );
}
