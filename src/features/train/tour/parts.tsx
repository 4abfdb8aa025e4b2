/** Parts of the tour's screens. */
import type { CurveName } from '../../../store/curves/curves.ts';
import { PanelPicture } from '../diagram/PanelCard.tsx';
import { explanations } from '../equations/explanations.ts';
import { Formula, ReadingLink } from '../equations/Formula.tsx';
import { useFeed, writeText } from '../use-feed.ts';
import type { TourPanel } from './steps.ts';
import styles from './tour.module.css';

export function Panel({ panel: { panel, symbol, caption } }: { readonly panel: TourPanel }) {
  return (
    <figure className={styles.panel}>
      <PanelPicture panel={panel} label={caption} />
      <figcaption>
        <Formula tex={symbol} /> {caption}
      </figcaption>
    </figure>
  );
}

/** Names of networks are set as symbols. */
export const Words = ({ text }: { readonly text: string }) =>
  text.split(/(D_[HL])/).map((part, i) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the text never changes
    return i % 2 === 1 ? <Formula key={i} tex={part} /> : part;
  });

/** As the paper prints it, and as it is computed here. */
export function Equation({ symbol }: { readonly symbol: string }) {
  const explanation = explanations[symbol];
  if (!explanation) return null;
  const { sentence, equation, reading } = explanation;
  return (
    <details className={styles.equation}>
      <summary>The equation</summary>
      <p>{sentence}</p>
      {equation && (
        <>
          <h2>Equation {equation.number} of the paper</h2>
          <Formula tex={equation.tex} isDisplay />
        </>
      )}
      {reading && (
        <>
          <h2>Here</h2>
          {reading.tex && <Formula tex={reading.tex} isDisplay />}
          <p>
            {reading.sentence} <ReadingLink reading={reading.number} />
          </p>
        </>
      )}
    </details>
  );
}

const terms: readonly { readonly curve: CurveName; readonly share: CurveName | null; readonly symbol: string }[] = [
  { curve: 'losses.denoiseStudent', share: 'termShares.denoiseStudent', symbol: '\\mathcal{L}_{denoise}' },
  { curve: 'losses.distill', share: 'termShares.distill', symbol: '\\mathcal{L}_{distill}' },
  { curve: 'losses.gHR', share: 'termShares.gHR', symbol: '\\mathcal{L}_H^G' },
  { curve: 'losses.gLR', share: 'termShares.gLR', symbol: '\\mathcal{L}_L^G' },
  { curve: 'losses.student', share: null, symbol: '\\mathcal{L}_{student}' },
];

function Cell({ curve, digits, percent }: { readonly curve: CurveName; digits: number; percent?: boolean }) {
  const cell = useFeed<HTMLTableCellElement>('rows', (element, feed) => {
    const value = feed.last(curve);
    writeText(element, value === null ? '…' : percent ? `${Math.round(100 * value)} %` : value.toPrecision(digits));
  });
  return <td ref={cell} data-curve={curve} />;
}

/** This iteration's loss, term by term. */
export function Losses() {
  return (
    <table className={styles.losses}>
      <thead>
        <tr>
          <th scope="col">Term</th>
          <th scope="col">Loss</th>
          <th scope="col">Its part in what the student learns</th>
        </tr>
      </thead>
      <tbody>
        {terms.map(({ curve, share, symbol }) => (
          <tr key={curve}>
            <th scope="row">
              <Formula tex={symbol} /> <span className={styles.muted}>{explanations[symbol]?.name}</span>
            </th>
            <Cell curve={curve} digits={3} />
            {share ? <Cell curve={share} digits={2} percent /> : <td />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
