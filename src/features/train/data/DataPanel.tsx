import { useActions, useAppState } from '../../../store/context.ts';
import { AddImages } from '../../intake/AddImages.tsx';
import { useDropRoute } from '../../intake/drop-routes.ts';
import { samples } from '../../intake/samples.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatBytes, formatCount } from '../../ui/format.ts';
import shapes from '../../ui/shapes.module.css';
import styles from './DataPanel.module.css';
import { Preview } from './Preview.tsx';

/** What the open run is trained on, which stays; null without one that is kept. */
function useRunPictures(): string | null {
  return useAppState(({ training }) => {
    const run = training.runs.find(({ id }) => id === training.run?.run);
    if (!run) return null;
    return run.pictures
      ? `The open run is trained on ${formatCount(run.pictures.length, 'picture')} of yours.`
      : 'The open run is trained on the sample pictures.';
  });
}

/** The pictures that crops are cut from, and what the degradation makes of them. */
export function DataPanel() {
  const { isOwn, count, bytes, message } = useAppState(({ training }) => training.pictures);
  const isRun = useAppState(({ training }) => (training.run?.run ?? null) !== null);
  const { chooseTrainingPictures, clearTrainingPictures } = useActions();
  const take = useDropRoute('train');
  const ofRun = useRunPictures();
  const choice = (own: boolean, text: string, disabled: boolean) => (
    <label className={styles.choice}>
      <input
        type="radio"
        name="training-data"
        checked={isOwn === own}
        disabled={disabled}
        onChange={() => chooseTrainingPictures(own)}
      />
      {text}
    </label>
  );
  return (
    <section className={shapes.panel} aria-label="Data">
      <h2>Data</h2>
      <fieldset className={styles.choices}>
        <legend className={styles.hint}>{isRun ? 'The next run is trained on' : 'The run is trained on'}</legend>
        {choice(false, `${samples.length} sample pictures`, false)}
        {choice(
          true,
          count > 0 ? `${formatCount(count, 'picture')} of yours, ${formatBytes(bytes)}` : 'Pictures of yours',
          count === 0,
        )}
      </fieldset>
      <div className={styles.buttons}>
        <AddImages label="Add pictures" onAdd={take} />
        {count > 0 && (
          <Button onClick={clearTrainingPictures} title="Those that a kept run needs stay with it">
            Forget them
          </Button>
        )}
      </div>
      <p className={styles.hint} role="status">
        {message || 'Or drop pictures or a folder on this page. They stay on this device.'}
        {ofRun && ` ${ofRun}`}
      </p>
      <Preview />
    </section>
  );
}
