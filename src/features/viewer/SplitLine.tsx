import { MoveHorizontal } from 'lucide-react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import styles from './CompareSlider.module.css';
import { sliderChange } from './keys.ts';

/** The before/after line. Only the line and its grip take the pointer: everywhere else the picture pans. */
export function CompareSlider() {
  const slider = useAppState(({ view }) => view.slider);
  const { setView } = useActions();
  const percent = Math.round(slider * 100);

  const grab = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    event.preventDefault();
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) setView({ slider: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) });
  };
  const press = (event: KeyboardEvent) => {
    const next = sliderChange(event.key, slider);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setView({ slider: next });
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
      aria-valuetext={`${percent} % before, ${100 - percent} % after`}
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
