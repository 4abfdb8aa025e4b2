import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import { useApp } from '../../../store/context.ts';
import { Maths } from '../Maths.tsx';
import styles from './Charts.module.css';
import { type ChartGroup, chartGroups } from './groups.ts';
import { attachPlot } from './plot.ts';

function Chart({ group }: { readonly group: ChartGroup }) {
  const { feed } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (!host.current || !legend.current) return;
    return attachPlot(host.current, [...legend.current.children] as HTMLElement[], group, feed);
  }, [group, feed]);
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.title}>
        <h3>{group.title}</h3>
      </figcaption>
      <div ref={host} className={styles.plot} role="img" aria-label={group.description} />
      <ul ref={legend} className={styles.legend}>
        {group.series.map(({ column, symbol, name }) => (
          <li key={column} className={styles.item} data-column={column}>
            <span className={styles.swatch} aria-hidden="true" />
            <span className={styles.name}>
              {symbol && <Maths tex={symbol} />} {name}
            </span>
            <span className={styles.value} data-value />
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** Every number of every iteration. The cursor is at the same iteration in all charts. */
export function Charts() {
  return (
    <section className={styles.charts} aria-label="Curves">
      <h2 className="sr-only">Curves</h2>
      {chartGroups.map((group) => (
        <Chart key={group.title} group={group} />
      ))}
    </section>
  );
}
