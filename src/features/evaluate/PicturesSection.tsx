import { SquareArrowOutUpRight } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { mostMethods } from '../../protocol/compare.ts';
import type { EvaluationPictures, EvaluationState } from '../../protocol/evaluate.ts';
import {
  type Column,
  formatValue,
  headOf,
  isMeasured,
  type MethodResult,
  type PictureRow,
} from '../../report/columns.ts';
import { type CompareMethod, type EvaluationMethod, isFinished, methodTitle } from '../../report/methods.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/buttons.tsx';
import { ChoiceField } from '../ui/fields.tsx';
import { goTo } from '../ui/router.ts';
import styles from './Evaluate.module.css';

const places = ['Worst', 'Median', 'Best'] as const;

/** The pictures that a method did worst, in the middle and best on; of a set of one or two pictures no more than there are. */
export function placedRows(
  { images }: Pick<MethodResult, 'images'>,
  { ofPicture, better }: Pick<Column, 'ofPicture' | 'better'>,
): readonly { readonly place: (typeof places)[number]; readonly row: PictureRow }[] {
  const value = (row: PictureRow) => ofPicture(row) as number;
  const sign = better === 'higher' ? 1 : -1;
  const sorted = images
    .filter((row) => isMeasured(ofPicture(row)))
    // Not by subtraction: equal pictures have an infinite PSNR.
    .sort((a, b) => (value(a) === value(b) ? 0 : value(a) < value(b) ? -sign : sign));
  const [worst, best] = [sorted[0], sorted.at(-1)];
  if (!worst || !best) return [];
  if (sorted.length === 1) return [{ place: 'Worst', row: worst }];
  const ends = { worst: { place: 'Worst', row: worst }, best: { place: 'Best', row: best } } as const;
  const middle = sorted.length > 2 ? sorted[Math.floor((sorted.length - 1) / 2)] : undefined;
  return [ends.worst, ...(middle ? [{ place: 'Median', row: middle } as const] : []), ends.best];
}

const isComparable = (method: EvaluationMethod): method is CompareMethod =>
  method !== 'autoencoder' && !isFinished(method);

/** Opens a picture of the set on Compare: the very LR picture that was measured, its truth, and the methods of the table. */
export function useOpenInCompare(): (name: string) => void {
  const { lookAtEvaluated, addToCompare, chooseMethods, openCompare, runComparison } = useActions();
  const pictures = useAppState(({ evaluation }) => evaluation.pictures);
  const state = useAppState(({ evaluation }) => evaluation.state);
  const [asked, setAsked] = useState<string | null>(null);
  const found = asked === null ? undefined : pictures[asked];
  const methods = state?.setup.methods;
  useEffect(() => {
    if (!found || !methods) return;
    setAsked(null);
    const file = (blob: Blob) => new File([blob], `${found.name.replace(/\.[^.]*$/, '')}.png`, { type: 'image/png' });
    openCompare();
    addToCompare([...(found.truth ? [file(found.truth)] : []), file(found.lr)]);
    chooseMethods(methods.filter(isComparable).slice(-mostMethods));
    runComparison();
    goTo('compare');
  }, [found, methods, addToCompare, chooseMethods, openCompare, runComparison]);
  return (name) => {
    setAsked(name);
    if (!pictures[name]) lookAtEvaluated(name);
  };
}

interface FrameProps {
  readonly file: Blob;
  readonly title: string;
  readonly value?: string;
  /** Of the outputs: every picture is shown as large. */
  readonly width: number;
}

/** The middle of a picture, an output's pixel for a pixel of the screen. */
function Frame({ file, title, value, width }: FrameProps) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <figure className={styles.figure}>
      <div className={styles.frame}>
        {address && <img src={address} alt={`${title}, the middle`} style={{ width }} />}
      </div>
      <figcaption>
        {title} {value && <span className={styles.spread}>{value}</span>}
      </figcaption>
    </figure>
  );
}

interface StripProps {
  readonly place: string;
  readonly row: PictureRow;
  readonly results: readonly MethodResult[];
  readonly column: Column;
  readonly picture: EvaluationPictures | undefined;
  readonly onOpen: (name: string) => void;
}

/** One picture through all methods, with its values. */
function Strip({ place, row, results, column, picture, onOpen }: StripProps) {
  const { name, width } = row;
  const kept = picture?.outputs ?? [];
  const missing = picture && kept.length < results.length;
  return (
    <div className={styles.strip}>
      <div className={styles.row}>
        <h3 className={styles.grow}>
          {place}: {name}
        </h3>
        <Button onClick={() => onOpen(name)}>
          <SquareArrowOutUpRight size={16} aria-hidden="true" />
          Open in Compare
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={styles.figures} tabIndex={0} aria-label={`${name} by method`}>
        {picture ? (
          <>
            <Frame file={picture.lr} title="LR input" width={width} />
            {results.map(({ method, steps, images }) => {
              const output = kept.find((other) => other.method === method);
              const own = images.find((image) => image.name === name);
              if (!output) return null;
              return (
                <Frame
                  key={method}
                  file={output.file}
                  title={methodTitle(method, steps)}
                  value={own && formatValue(column.ofPicture(own), column)}
                  width={width}
                />
              );
            })}
            {picture.truth && <Frame file={picture.truth} title="Ground truth" width={width} />}
          </>
        ) : (
          <p role="status" className={styles.hint}>
            Reading {name} …
          </p>
        )}
      </section>
      {missing && (
        <p className={styles.hint}>
          Some outputs of this picture are not kept any more: delete the results and run again, or open it in Compare.
        </p>
      )}
    </div>
  );
}

interface PicturesSectionProps {
  readonly state: EvaluationState;
  readonly results: readonly MethodResult[];
  /** Metrics with a value for each picture. */
  readonly columns: readonly Column[];
  readonly onOpen: (name: string) => void;
}

/** The worst, the median and the best picture of a method by a metric, beside what the others made of them. */
export function PicturesSection({ state, results, columns, onOpen }: PicturesSectionProps) {
  const pictures = useAppState(({ evaluation }) => evaluation.pictures);
  const { lookAtEvaluated } = useActions();
  const [title, setTitle] = useState('LPIPS');
  const [chosen, setChosen] = useState<EvaluationMethod>('ours');
  const column = columns.find((entry) => entry.title === title) ?? columns[0];
  const result = results.find(({ method }) => method === chosen) ?? results.at(-1);
  const rows = useMemo(() => (result && column ? placedRows(result, column) : []), [result, column]);
  const names = JSON.stringify(rows.map(({ row }) => row.name));
  const { set, degradation } = state.setup;
  // Asked for again when another method has its picture, or the set is made otherwise.
  const measured = JSON.stringify([set, degradation, results.map(({ method, images }) => [method, images.length])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured changes what there is to be seen
  useEffect(() => {
    for (const name of JSON.parse(names) as string[]) lookAtEvaluated(name);
  }, [names, measured, lookAtEvaluated]);
  if (!column || !result || rows.length === 0) return null;
  return (
    <section className={styles.seen} aria-labelledby="seen-title">
      <h3 id="seen-title">Worst, median and best</h3>
      <div className={styles.orders}>
        <ChoiceField
          label="Ordered by"
          id="seen-metric"
          hint={`${headOf(column)}: ${column.better} is better.`}
          value={column.title}
          choices={columns.map((entry) => ({ value: entry.title, label: entry.title }))}
          onChange={setTitle}
        />
        <ChoiceField
          label="Of"
          id="seen-method"
          hint="The middle of each picture, pixel for pixel."
          value={result.method}
          choices={results.map(({ method, steps }) => ({ value: method, label: methodTitle(method, steps) }))}
          onChange={setChosen}
        />
      </div>
      {rows.map(({ place, row }) => (
        <Strip
          key={place}
          place={place}
          row={row}
          results={results}
          column={column}
          picture={pictures[row.name]}
          onOpen={onOpen}
        />
      ))}
    </section>
  );
}
