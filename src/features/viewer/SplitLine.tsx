import { MoveHorizontal } from 'lucide-react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { sliderChange } from './controls.ts';
import styles from './viewer.module.css';

interface SplitLineProps {
  /** 0 (left) … 1 (right). */
  readonly slider: number;
  /** Names of the pictures to the left and to the right of it. */
  readonly before: string;
  readonly after: string;
  readonly onMove: (slider: number) => void;
}

/** The line between two pictures. Only the line and its grip take the pointer: everywhere else the picture pans. */
export function SplitLine({ slider, before, after, onMove }: SplitLineProps) {
  const percent = Math.round(slider * 100);

  const grab = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    event.preventDefault();
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) onMove(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  const press = (event: KeyboardEvent) => {
    const next = sliderChange(event.key, slider);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(next);
  };

  return (
    <div
      className={styles.slider}
      style={{ left: `${slider * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-label="Comparison line"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} % ${before}, ${100 - percent} % ${after}`}
      onPointerDown={grab}
      onPointerMove={drag}
      onKeyDown={press}
    >
      <span className={styles.grip}>
        <MoveHorizontal size={16} aria-hidden="true" />
      </span>
    </div>
  );
}
