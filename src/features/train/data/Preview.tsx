import { Dices } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatSize } from '../../ui/format.ts';
import styles from './DataPanel.module.css';

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
export function Preview() {
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
      <h3 className={styles.title}>What the degradation does</h3>
      {shown && (
        <div className={styles.pair}>
          <Picture bitmap={shown.hr} label="Crop" name="hr" />
          <Picture bitmap={shown.lr} label="Degraded" name="lr" />
        </div>
      )}
      {shown && (
        <ol className={styles.steps} aria-label="Steps of the degradation">
          {shown.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      )}
      {fault && <p className={styles.fault}>{fault}</p>}
      <Button onClick={() => setIndex((index + 1) % pool)} disabled={!ready}>
        <Dices size={16} aria-hidden="true" />
        Another draw
      </Button>
      <p className={styles.hint}>{shown && `Crop ${shown.index + 1} of the ${pool} in the pool, by the seed.`}</p>
    </div>
  );
}
