import { Dices } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import { useDropRoute } from '../../intake/drop-routes.ts';
import { samples } from '../../intake/samples.ts';
import { AddImages } from '../../intake/ways-in.tsx';
import { Button } from '../../ui/buttons.tsx';
import { formatBytes, formatCount, formatSize } from '../../ui/format.ts';
import shapes from '../../ui/shapes.module.css';
import styles from '../panels.module.css';

function Picture({ bitmap, label, name }: { bitmap: ImageBitmap; label: string; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current) return;
    canvas.current.width = bitmap.width;
    canvas.current.height = bitmap.height;
    canvas.current.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <figure className={styles.picture}>
      <canvas ref={canvas} role="img" aria-label={label} data-preview={name} />
      <figcaption className={styles.hint}>
        {label}, {formatSize(bitmap.width, bitmap.height)}
      </figcaption>
    </figure>
  );
}

/** A crop of the run before and after its degradation, and what was drawn for it. */
function Preview() {
  const { shown, fault } = useAppState(({ training }) => training.preview);
  const { seed, crop, pool, degradation } = useAppState(({ training }) => currentConfig(training));
  const run = useAppState(({ training }) => training.run?.run ?? null);
  const ready = useAppState(({ training }) => training.run !== null);
  const { isOwn, count } = useAppState(({ training }) => training.pictures);
  const { previewCrop } = useActions();
  const [index, setIndex] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the engine cuts another crop when any of these changes
  useEffect(() => {
    if (ready) previewCrop(index);
  }, [ready, index, seed, crop, pool, degradation, run, isOwn, count]);

  return (
    <div className={styles.preview}>
      <h3 className={styles.title}>Effect of the degradation</h3>
      {shown && (
        <div className={styles.pair}>
          <Picture bitmap={shown.hr} label="Crop" name="hr" />
          <Picture bitmap={shown.lr} label="Degraded" name="lr" />
        </div>
      )}
      {shown && (
        <ol className={styles.steps} aria-label="Steps of the degradation">
          {shown.steps.map((step, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: texts have no state, and steps repeat
            <li key={i}>{step}</li>
          ))}
        </ol>
      )}
      {fault && <p className={styles.fault}>{fault}</p>}
      <Button onClick={() => setIndex((index + 1) % pool)} disabled={!ready}>
        <Dices size={16} aria-hidden="true" />
        Show another crop
      </Button>
      <p className={styles.hint}>{shown && `Crop ${shown.index + 1} of the ${pool} in the pool, by the seed.`}</p>
    </div>
  );
}

/** Says which pictures the open run keeps training on; null without a kept run. */
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
            Remove all
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
