import { Popover } from '@base-ui/react/popover';
import { type ReactNode, useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import { readingHref } from '../../ui/router.ts';
import styles from './equations.module.css';
import { type Explanation, explanations } from './explanations.ts';

const signs: Readonly<Record<string, string>> = {
  '\\mathcal{L}': 'ℒ',
  '\\bar\\alpha': 'ᾱ',
  '\\hat{x}': 'x̂',
  '\\hat{y}': 'ŷ',
  '\\lambda': 'λ',
  '\\theta': 'θ',
  '\\phi': 'φ',
  '\\beta': 'β',
};

/** x_{a}^{b} in its parts: plain text, and what is lowered or raised. */
const parts = /([_^])(?:\{((?:[^{}]|\{[^}]*\})*)\}|(.))|([^_^]+)/g;

const signed = (tex: string) => Object.entries(signs).reduce((all, [from, to]) => all.replaceAll(from, to), tex);

/** A symbol in letters alone: for names that are read out. */
export const spoken = (tex: string): string => signed(tex).replace(/[{}\\]/g, '');

/** The few symbols of the paper that stand in running text, before the typesetter is there. */
function plain(tex: string): ReactNode[] {
  return [...signed(tex).matchAll(parts)].map(([whole, place, braced, single, text], index) => {
    const key = `${index}${whole}`;
    const small = (braced ?? single ?? '').replace(/[{}_]/g, '');
    if (place === '_') return <sub key={key}>{small}</sub>;
    if (place === '^') return <sup key={key}>{small}</sup>;
    return <i key={key}>{text}</i>;
  });
}

/**
 * KaTeX, fetched with this part of the page: until it and its fonts are there, and where they can't be had, formulas are plain
 * letters in the room of one line.
 */
type Typesetter = (tex: string, element: HTMLElement, isDisplay: boolean) => void;

/** A word below a symbol is set upright. */
const word = /_\{([a-z]{2,})\}/g;

let typesetter: Typesetter | null = null;
const listeners = new Set<() => void>();

/** Those that the symbols of the page are set in. */
const fonts = ['KaTeX_Main', 'KaTeX_Math', 'KaTeX_Caligraphic', 'KaTeX_Size1'];

async function load(): Promise<void> {
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
  // Without its font a symbol would be a blank for as long as that takes.
  await Promise.all(fonts.map((font) => document.fonts.load(`${font === 'KaTeX_Math' ? 'italic ' : ''}16px ${font}`)));
  typesetter = (tex, element, isDisplay) =>
    katex.render(tex.replace(word, '_{\\mathrm{$1}}'), element, {
      displayMode: isDisplay,
      throwOnError: false,
      output: 'htmlAndMathml',
    });
  for (const listener of listeners) listener();
}

if (typeof document !== 'undefined' && 'fonts' in document) {
  load().catch(() => {
    // The plain letters stay.
  });
}

/** Null until it is there. */
const currentTypesetter = (): Typesetter | null => typesetter;

function listenToTypesetter(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

interface MathsProps {
  readonly tex: string;
  /** An equation on lines of its own. */
  readonly isDisplay?: boolean;
}

function Typeset({ tex, isDisplay = false }: MathsProps) {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (element.current) currentTypesetter()?.(tex, element.current, isDisplay);
  }, [tex, isDisplay]);
  return <span ref={element} className={isDisplay ? styles.equation : styles.typeset} />;
}

/** A symbol or an equation of the paper, from its TeX. */
export function Formula(props: MathsProps) {
  const isThere = useSyncExternalStore(listenToTypesetter, () => currentTypesetter() !== null);
  return isThere ? <Typeset {...props} /> : <span className={styles.symbol}>{plain(props.tex)}</span>;
}

/** Leads to a reading of the paper on the About page. */
export const ReadingLink = ({ reading }: { readonly reading: string }) => (
  <a href={readingHref(reading)}>reading {reading}</a>
);

function Body({ explanation: { sentence, equation, reading } }: { readonly explanation: Explanation }) {
  return (
    <>
      <Popover.Description className={styles.sentence}>{sentence}</Popover.Description>
      {equation && (
        <div className={styles.part}>
          <h3 className={styles.heading}>Equation {equation.number} of the paper</h3>
          <Formula tex={equation.tex} isDisplay />
        </div>
      )}
      {reading && (
        <div className={styles.part}>
          <h3 className={styles.heading}>Here</h3>
          {reading.tex && <Formula tex={reading.tex} isDisplay />}
          <p className={styles.sentence}>
            {reading.sentence} <ReadingLink reading={reading.number} />
          </p>
        </div>
      )}
    </>
  );
}

/** A symbol that says what it means when it is pressed. */
export function Explained({ tex }: { readonly tex: string }) {
  const explanation = explanations[tex];
  if (!explanation) return <Formula tex={tex} />;
  return (
    <Popover.Root>
      <Popover.Trigger className={styles.trigger} aria-label={`Explain: ${explanation.name}`}>
        <Formula tex={tex} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} collisionPadding={8} className={styles.positioner}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.title}>
              <Formula tex={tex} /> {explanation.name}
            </Popover.Title>
            <Body explanation={explanation} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
