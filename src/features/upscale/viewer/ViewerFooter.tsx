import { useActions, useAppState } from '../../../store/context.ts';
import { chosenMethod } from '../../../store/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { formatSize } from '../../ui/format.ts';
import { ExportBar } from './ExportBar.tsx';
import { madeOtherwise, resultText } from './result-text.ts';
import styles from './ViewerFooter.module.css';

export function ViewerFooter() {
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);
  const options = useAppState(({ settings }) => settings.options);
  const ready = useAppState(({ engine }) => engine.ready);
  const { run } = useActions();
  if (!item) return null;
  const { image, prediction, result } = item;
  const current = { ...options, method: chosenMethod(options.method, ready) };

  return (
    <div className={styles.footer}>
      <div className={styles.facts}>
        <p className={styles.name} title={image.name}>
          {image.name}
        </p>
        <p className={styles.detail}>
          {formatSize(image.width, image.height)} → {formatSize(prediction.outWidth, prediction.outHeight)}
          {result && ` · ${resultText(result)}`}
        </p>
      </div>
      {result && madeOtherwise(result, current) && (
        <Button onClick={() => run([image.id])}>Redo with the current settings</Button>
      )}
      <ExportBar />
    </div>
  );
}
