import type { Rect } from '../../../imaging/image.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { isTeacher, methodTitle, type UpscaleMethod } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { isActive, promptSeconds, secondsLeft, shownState } from '../../../store/queue.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatSeconds, formatSize } from '../../ui/format.ts';
import { pageHref } from '../../ui/router.ts';
import { memoryText } from '../queue/QueueRow.tsx';
import styles from './stage.module.css';

interface LongWorkProps {
  /** LR pixels on screen. */
  readonly visible: Rect | null;
  /** A frame that was drawn, LR pixels. */
  readonly framed: Rect | null;
  /** Adds a part of the picture, reduced by a factor, as one of its own. */
  readonly onPart: (rect: Rect, scale: number) => void;
}

/**
 * A method that takes less than the one in use: one step instead of many, then the smallest ESRGAN, which is one layer after the other
 * without attention (on WebAssembly measured 17 times as fast as the students).
 */
export function fasterMethod(ready: Pick<EngineReady, 'method' | 'methods'> | null): UpscaleMethod | null {
  if (!ready || ready.method === 'esrgan-slim') return null;
  const student = ready.methods.find((method) => !isTeacher(method));
  return isTeacher(ready.method) && student ? student : 'esrgan-slim';
}

/** Asks before a picture takes long, and offers the ways that take less; for a drawn frame, runs that. */
export function LongWork({ visible, framed, onPart }: LongWorkProps) {
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);
  const ready = useAppState(({ engine }) => engine.ready);
  const { run, setView, setOptions } = useActions();
  if (!item) return null;
  const { width, height, id } = item.image;
  const seconds = secondsLeft(item);
  const whole = item.prediction.run?.seconds ?? 0;
  const time = (rect: Rect, scale = 1) =>
    whole > 0 ? `, about ${formatSeconds((whole * scale ** 2 * rect.width * rect.height) / (width * height))}` : '';

  if (framed) {
    return (
      <div className={`${styles.floating} ${styles.ask}`}>
        <p>
          {formatSize(framed.width, framed.height)} pixels framed{time(framed)}.
        </p>
        <Button look="primary" onClick={() => onPart(framed, 1)}>
          Upscale this part
        </Button>
        <Button onClick={() => setView({ framing: false })}>Cancel</Button>
      </div>
    );
  }
  const state = shownState(item);
  const memory = memoryText(item);
  const isLong = seconds !== null && seconds > promptSeconds;
  if (isActive(state) || state === 'done' || (!isLong && !memory)) return null;
  const all = { x: 0, y: 0, width, height };
  const faster = fasterMethod(ready);
  const isPart = visible !== null && visible.width * visible.height < 0.8 * width * height;
  return (
    <div className={`${styles.floating} ${styles.ask}`}>
      <p>
        {memory}{' '}
        {isLong && `${state === 'paused' ? 'The rest' : 'All of it'} takes about ${formatSeconds(seconds)} here.`}{' '}
        {isLong && ready?.backend !== 'webgpu' && <a href={pageHref('diagnosis')}>Faster with a GPU</a>}
      </p>
      <Button look="primary" onClick={() => run([id])}>
        {state === 'paused' ? 'Go on' : 'Upscale it all'}
      </Button>
      {isPart && <Button onClick={() => onPart(visible, 1)}>The part in view{time(visible)}</Button>}
      <Button onClick={() => setView({ framing: true })}>Frame a part</Button>
      <Button onClick={() => onPart(all, 0.5)}>At half the size{time(all, 0.5)}</Button>
      {faster && <Button onClick={() => setOptions({ method: faster })}>By {methodTitle(faster)}, faster</Button>}
    </div>
  );
}
