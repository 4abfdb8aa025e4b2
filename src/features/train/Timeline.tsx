import { ChevronLeft, ChevronRight, Radio } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApp } from '../../store/context.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { StepText } from './diagram/EnlargeDialog.tsx';
import { stepIteration } from './keys.ts';
import styles from './train.module.css';
import { useChartView, useFeed, writeText } from './use-feed.ts';

interface TimelineProps {
  /** Whether new iterations come. */
  readonly isLive: boolean;
  /** Controls at its start. */
  readonly children?: ReactNode;
}

/** Chooses the iteration that charts and pictures show: a past one, or the newest. */
export function Timeline({ isLive: canBeLive, children }: TimelineProps) {
  const { feed, chartView } = useApp();
  const isLive = useChartView((now) => now.iteration === null);
  const slider = useFeed<HTMLInputElement>(['rows', 'view'], (input, { curves }, { now }) => {
    const [first, last] = curves.span;
    input.min = String(first);
    input.max = String(last);
    input.value = String(now.iteration ?? last);
    input.disabled = last === first;
  });
  const text = useFeed<HTMLOutputElement>(['rows', 'view'], (output, { curves }, { iteration }) => {
    const [, last] = curves.span;
    // Beside longer runs the pointer may be beyond the open one's end.
    const at = Math.min(iteration ?? last, last);
    writeText(output, last === 0 ? '–' : `${at.toLocaleString('en-US')} of ${last.toLocaleString('en-US')}`);
  });
  return (
    <section className={styles.timeline} aria-label="Timeline">
      {children}
      <IconButton
        icon={ChevronLeft}
        label="One iteration back"
        keys="←"
        onClick={() => stepIteration(feed, chartView, -1)}
      />
      <input
        ref={slider}
        type="range"
        className={styles.slider}
        aria-label="Iteration that is shown"
        step={1}
        onChange={(event) => chartView.change({ iteration: Number(event.target.value) })}
      />
      <IconButton
        icon={ChevronRight}
        label="One iteration on"
        keys="→"
        onClick={() => stepIteration(feed, chartView, 1)}
      />
      <output ref={text} className={styles.text} />
      <StepText />
      {canBeLive && (
        <Button
          look={isLive ? 'primary' : 'plain'}
          aria-pressed={isLive}
          onClick={() => chartView.change({ iteration: null })}
        >
          <Radio size={16} aria-hidden="true" />
          Live
        </Button>
      )}
    </section>
  );
}
