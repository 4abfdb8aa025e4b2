import { useActions, useAppState } from '../../../store/context.ts';
import { Button } from '../../ui/buttons.tsx';
import { WorkProgress } from '../input/RunBar.tsx';
import { layersOf, useComparePictures, useTitles } from '../use-compare.ts';
import styles from './analysis.module.css';
import { BitmapView } from './ChainStrip.tsx';

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
        What D_H, which ours was trained against, takes for real (blue) and for fake (orange), and D_L of LR pictures.
        The number is the mean logit: above 0 the picture passes for real.
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
