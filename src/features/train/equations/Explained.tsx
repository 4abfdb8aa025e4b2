import { Popover } from '@base-ui/react/popover';
import { readingHref } from '../../ui/router.ts';
import styles from './equations.module.css';
import { type Explanation, explanations } from './explanations.ts';
import { Formula } from './Formula.tsx';

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
