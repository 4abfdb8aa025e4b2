import { type ReactNode, useMemo, useState } from 'react';
import { bootstrap, intervalText, pairedDifferences, type Verdict, verdictOf } from '../../report/bootstrap.ts';
import { type Column, headOf, lpipsColumn, type MethodResult, niqeColumn, psnrColumn } from '../../report/columns.ts';
import { methodTitle } from '../../report/methods.ts';
import { planeOfMethods } from '../../report/plane.ts';
import { ChoiceField } from '../ui/fields.tsx';
import { ScrollRegion } from '../ui/regions.tsx';
import styles from './Evaluate.module.css';

interface ValueTableProps {
  /** For screen readers. */
  readonly label: string;
  /** Head of the column of names. */
  readonly name: string;
  /** Heads of the columns of values. */
  readonly heads: readonly string[];
  /** The rows of the body. */
  readonly children: ReactNode;
}

/** A table of names and values that scrolls sideways. */
export function ValueTable({ label, name, heads, children }: ValueTableProps) {
  return (
    <ScrollRegion label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {heads.map((head) => (
              <th key={head} scope="col" className={styles.number}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollRegion>
  );
}

const [width, height] = [640, 340];

interface Props {
  readonly results: readonly MethodResult[];
  /** Metrics with a value for each picture. */
  readonly columns: readonly Column[];
}

const perceptions = [lpipsColumn, niqeColumn];

/** Fidelity against perception, a point a method (docs/results.md has the shipped weights'). */
function Plane({ results }: Pick<Props, 'results'>) {
  const [title, setTitle] = useState(lpipsColumn.title);
  const drawable = perceptions.filter((column) => planeOfMethods(results, psnrColumn, column, width, height));
  const perception = drawable.find((column) => column.title === title) ?? drawable[0];
  const plane = perception && planeOfMethods(results, psnrColumn, perception, width, height);
  if (!plane || !perception) return null;
  const { left, top, right, bottom } = plane;
  const middle = (top + bottom) / 2;
  return (
    <section className={styles.seen} aria-labelledby="plane-title">
      <h3 id="plane-title">Perception and distortion</h3>
      <p className={styles.hint}>
        Right and up is better. No method can be best at both beyond a bound (Blau and Michaeli, CVPR 2018), so neither
        number alone ranks methods.
      </p>
      {drawable.length > 1 && (
        <div className={styles.metric}>
          <ChoiceField
            label="Perception"
            id="plane-perception"
            hint="The vertical axis"
            value={perception.title}
            choices={drawable.map((column) => ({ value: column.title, label: column.title }))}
            onChange={setTitle}
          />
        </div>
      )}
      <ScrollRegion label="Perception and distortion, drawn">
        <svg
          className={styles.plane}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${headOf(psnrColumn)} against ${headOf(perception)}`}
        >
          {plane.yTicks.map(({ value, at }) => (
            <g key={value}>
              <path className={styles.grille} d={`M${left} ${at}H${right}`} />
              <text x={left - 8} y={at + 4} textAnchor="end">
                {value}
              </text>
            </g>
          ))}
          {plane.xTicks.map(({ value, at }) => (
            <g key={value}>
              <path className={styles.grille} d={`M${at} ${top}V${bottom}`} />
              <text x={at} y={bottom + 18} textAnchor="middle">
                {value}
              </text>
            </g>
          ))}
          <text x={(left + right) / 2} y={height - 8} textAnchor="middle">
            {headOf(psnrColumn)}
          </text>
          <text x={14} y={middle} textAnchor="middle" transform={`rotate(-90 14 ${middle})`}>
            {headOf(perception)}
          </text>
          <polyline className={styles.teacher} points={plane.line.map(({ x, y }) => `${x},${y}`).join(' ')} />
          {plane.points.map(({ method, label, x, y, labelY, group }) => (
            <g key={method} data-group={group}>
              <circle cx={x} cy={y} r={4.5} />
              <text x={x + 9} y={labelY + 4}>
                {label}
              </text>
            </g>
          ))}
        </svg>
      </ScrollRegion>
    </section>
  );
}

const words: Readonly<Record<Verdict, string>> = { yes: 'better', no: 'worse', 'not shown': 'not shown' };

/** Each method's mean difference from one of them, with its interval. */
function Differences({ results, columns }: Props) {
  const [chosen, setChosen] = useState('');
  const [isOpen, setOpen] = useState(false);
  const baseline = results.find(({ method }) => method === chosen) ?? results[0];
  const rows = useMemo(() => {
    if (!baseline || !isOpen) return [];
    const others = results.filter((result) => result !== baseline);
    return others.map((result) => ({
      result,
      cells: columns.map((column) => {
        const found = pairedDifferences(result, baseline, column);
        if (found.length === 0) return null;
        const interval = bootstrap(found);
        return { verdict: verdictOf(interval, column.better), text: intervalText(interval, column.digits) };
      }),
    }));
  }, [baseline, results, columns, isOpen]);
  if (!baseline || results.length < 2) return null;
  return (
    <details className={styles.details} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className={styles.summary}>Differences from a baseline, with intervals</summary>
      <div className={styles.metric}>
        <ChoiceField
          label="Baseline"
          id="evaluation-baseline"
          hint="Each method minus this one"
          value={baseline.method}
          choices={results.map(({ method, steps }) => ({ value: method, label: methodTitle(method, steps) }))}
          onChange={setChosen}
        />
      </div>
      <ValueTable label="Differences from a baseline" name="Method" heads={columns.map(headOf)}>
        {rows.map(({ result, cells }) => (
          <tr key={result.method}>
            <th scope="row">{methodTitle(result.method, result.steps)}</th>
            {cells.map((cell, index) => (
              <td key={columns[index]?.title} className={styles.number} data-verdict={cell?.verdict}>
                {cell ? `${words[cell.verdict]}, ${cell.text}` : '—'}
              </td>
            ))}
          </tr>
        ))}
      </ValueTable>
      <p className={styles.hint}>
        Mean difference and its 95 % interval by a paired bootstrap over the pictures, of one noise seed. “Not shown”:
        these pictures can’t tell it from 0.
      </p>
    </details>
  );
}

/** Methods beside each other beyond their means: the plane, and paired differences. */
export function AnalysisSection(props: Props) {
  return (
    <>
      <Plane results={props.results} />
      <Differences {...props} />
    </>
  );
}
