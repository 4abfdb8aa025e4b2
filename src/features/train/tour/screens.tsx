/** The tour's screens: Figure 2 of the paper, one part after the other, and the parts that they show. */
import type { CSSProperties } from 'react';
import type { PanelName } from '../../../paper/names.ts';
import { type TrainingPhase, trainingPhases } from '../../../report/run-metrics.ts';
import type { CurveName } from '../../../store/curves/curves.ts';
import { PanelPicture } from '../diagram/PanelCard.tsx';
import { explanations } from '../equations/explanations.ts';
import { Formula, ReadingLink } from '../equations/Formula.tsx';
import { useFeed, writeText } from '../use-feed.ts';
import styles from './tour.module.css';

export interface TourPanel {
  readonly panel: PanelName;
  readonly symbol: string;
  readonly caption: string;
}

export interface TourStep {
  readonly title: string;
  readonly text: string;
  readonly panels: readonly TourPanel[];
  /** Whose equation is shown on demand: a symbol of explanations.ts. */
  readonly equation: string;
  /** The phase of the iteration that this screen needs. */
  readonly until: TrainingPhase;
}

const lr: TourPanel = { panel: 'lr', symbol: 'y', caption: 'the small picture' };
const prior: TourPanel = { panel: 'prior', symbol: 'x_T', caption: 'the same, buried in noise' };
const truth: TourPanel = { panel: 'truth', symbol: 'x_0', caption: 'the true picture' };
const student: TourPanel = { panel: 'student', symbol: '\\hat{x}_\\phi', caption: 'the student, in one step' };
const target: TourPanel = { panel: 'target', symbol: '\\hat{x}_\\theta', caption: 'the teacher, in many steps' };
const yHat: TourPanel = { panel: 'yHat', symbol: '\\hat{y}', caption: 'made small by G' };
const scores = (panel: PanelName, symbol: string): TourPanel => ({
  panel,
  symbol,
  caption: 'its scores, place by place',
});

export const tourSteps: readonly TourStep[] = [
  {
    title: 'It starts with noise',
    text: 'A small, damaged picture is enlarged, encoded and buried in noise. Little of it is left to see. From here a network has to find the large picture that it may have been.',
    panels: [lr, prior],
    equation: 'x_T',
    until: 'teacherTarget',
  },
  {
    title: 'One step instead of many',
    text: 'The teacher finds its way out of the noise in many small steps. The student has to get there in one. It begins as a copy of the teacher, so its single step is a blur: the mean of all pictures that it might be.',
    panels: [prior, target, student],
    equation: '\\mathcal{L}_{distill}',
    until: 'studentForward',
  },
  {
    title: 'Does it look real?',
    text: 'The HR discriminator, D_H, judges each place of the true picture and of the student’s. Blue: it takes the place for real. Orange: it sees through it. The student learns from where it was caught.',
    panels: [truth, scores('hrReal', 'D_H(x_0)'), student, scores('hrFake', 'D_H(\\hat{x}_\\phi)')],
    equation: 'D_H',
    until: 'updateDiscriminatorHR',
  },
  {
    title: 'And down again',
    text: 'The downsampler, G, makes the student’s picture small again, with the flaws of the one that all began with. If both are alike, nothing was made up that the small picture rules out.',
    panels: [
      student,
      yHat,
      lr,
      { panel: 'difference', symbol: '|\\hat{y}-y|', caption: 'their difference, black is none' },
    ],
    equation: '\\hat{y}',
    until: 'downsample',
  },
  {
    title: 'Does the small one look real, too?',
    text: 'The LR discriminator, D_L, judges the small pictures in the same way: the given one, and the one that G made. Through G its verdict reaches the student.',
    panels: [lr, scores('lrReal', 'D_L(y)'), yHat, scores('lrFake', 'D_L(\\hat{y})')],
    equation: 'D_L',
    until: 'updateDiscriminatorLR',
  },
  {
    title: 'Then all of them learn a little',
    text: 'The student’s loss adds up how far it is from the truth and from the teacher, and how little both discriminators believed it. Its weights move one small step against that sum, and so do those of G. Then the next picture comes. After thousands of rounds the student is the network that Upscale runs.',
    panels: [student, truth],
    equation: '\\mathcal{L}_{student}',
    until: 'updateDownsampler',
  },
];

/** Phases that have to be done for a screen; all that came before it in an iteration included. */
export const phasesFor = ({ until }: TourStep): number => trainingPhases.indexOf(until) + 1;

interface PanelProps {
  readonly panel: TourPanel;
  /** Address of the picture that the run is on: stands for its panels until they are computed. */
  readonly plain: string;
}

export function Panel({ panel: { panel, symbol, caption }, plain }: PanelProps) {
  return (
    <figure
      className={styles.panel}
      // A style sheet would look for it beside itself.
      style={{ '--plain': `url("${new URL(plain, document.baseURI)}")` } as CSSProperties}
    >
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
