/** Strips of small pictures below the comparison: the teacher's steps, and the discriminators' scores. */
import { useEffect, useRef } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatPsnr } from '../../ui/format.ts';
import { WorkProgress } from '../input/RunBar.tsx';
import { layersOf, useComparePictures, useTitles } from '../use-compare.ts';
import styles from './analysis.module.css';

interface BitmapViewProps {
  readonly bitmap: ImageBitmap;
  readonly label: string;
  readonly className?: string;
}

/** A bitmap as it is, pixel for pixel or as the style has it. */
export function BitmapView({ bitmap, label, className }: BitmapViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    // One that was given back already has no size.
    if (context && bitmap.width > 0) context.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <canvas
      ref={canvas}
      className={className}
      width={bitmap.width || 1}
      height={bitmap.height || 1}
      role="img"
      aria-label={label}
    />
  );
}

/** The teacher's x̂₀ at each of its steps, of a part in the middle of the view. */
export function ChainStrip() {
  const { showChain } = useActions();
  const prepared = useAppState(({ compare }) => compare.state?.prepared);
  const centre = useAppState(({ compare }) => compare.view.centre);
  const work = useAppState(({ compare }) => compare.work);
  const hasTeacher = useAppState(({ engine }) => engine.ready?.methods.includes('resshift') ?? true);
  const { chain } = useComparePictures();
  if (!prepared) return null;
  return (
    <section className={styles.section} aria-labelledby="compare-chain">
      <div className={styles.head}>
        <h2 id="compare-chain">The teacher, step by step</h2>
        {work?.task === 'chain' ? (
          <WorkProgress work={work} />
        ) : (
          <Button disabled={work !== null || !hasTeacher} onClick={() => showChain(centre)}>
            {chain ? 'Show here again' : 'Show x̂₀ of every step'}
          </Button>
        )}
      </div>
      <p className={styles.analysisNote}>
        {hasTeacher
          ? 'The network’s estimate of the picture at each step, of a part in the middle of the view, before the colour lock.'
          : 'The weights in use have no teacher.'}
      </p>
      {chain && (
        <ol className={styles.strip}>
          {chain.steps.map(({ t, psnrY, bitmap }) => (
            <li key={t}>
              <figure className={styles.figure}>
                <BitmapView className={styles.step} bitmap={bitmap} label={`x̂₀ from step ${t}`} />
                <figcaption>
                  t = {t}
                  {psnrY !== null && `: ${formatPsnr(psnrY)}`}
                </figcaption>
              </figure>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const [criticH, criticL] = ['H', 'L'].map((of) => (
  <var key={of}>
    D<sub>{of}</sub>
  </var>
));

/** The discriminators' scores of every picture on screen, place by place, in the colours of Train. */
export function CriticStrip() {
  const { askCritic } = useActions();
  const compare = useAppState((state) => state.compare);
  const pictures = useComparePictures();
  const titleOf = useTitles();
  const { work, state } = compare;
  if (!state?.prepared) return null;
  const layers = layersOf(compare, pictures.layers);
  return (
    <section className={styles.section} aria-labelledby="compare-critic">
      <div className={styles.head}>
        <h2 id="compare-critic">The critic’s eye</h2>
        {work?.task === 'critic' ? (
          <WorkProgress work={work} />
        ) : (
          <Button disabled={work !== null} onClick={() => askCritic(layers)}>
            {pictures.judgements ? 'Ask again' : 'Ask the discriminators'}
          </Button>
        )}
      </div>
      <p className={styles.analysisNote}>
        How real the critic {criticH} finds each place: blue, it takes it for a photograph; orange, for a network’s
        picture. The number is its mean score: above 0 the picture passes for real. Ours was trained against {criticH};{' '}
        {criticL} judges LR pictures.
      </p>
      {pictures.judgements && (
        <ol className={styles.strip}>
          {pictures.judgements.map(({ layer, bitmap, mean }) => (
            <li key={layer}>
              <figure className={styles.figure}>
                <BitmapView className={styles.step} bitmap={bitmap} label={`Scores of ${titleOf(layer)}`} />
                <figcaption>
                  {titleOf(layer)}: {mean.toFixed(2)}
                </figcaption>
              </figure>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
