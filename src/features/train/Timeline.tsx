import { ChevronLeft, ChevronRight, Radio } from 'lucide-react';
import { useApp } from '../../store/context.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { move } from './keys.ts';
import styles from './train.module.css';
import { say, useFeed, useLook } from './use-feed.ts';

/** Which iteration charts and pictures show: any one that was, or the newest as they come. @param isLive whether any come */
export function Timeline({ isLive: canBeLive }: { readonly isLive: boolean }) {
  const { feed, look } = useApp();
  const isLive = useLook((now) => now.iteration === null);
  const slider = useFeed<HTMLInputElement>(['rows', 'look'], (input, { curves }, { now }) => {
    const [first, last] = curves.span;
    input.min = String(first);
    input.max = String(last);
    input.value = String(now.iteration ?? last);
    input.disabled = last === first;
  });
  const text = useFeed<HTMLOutputElement>(['rows', 'look'], (output, { curves }, { iteration }) => {
    const [, last] = curves.span;
    // Beside longer runs the pointer may be beyond the open one's end.
    const at = Math.min(iteration ?? last, last);
    say(output, last === 0 ? '–' : `${at.toLocaleString('en-US')} of ${last.toLocaleString('en-US')}`);
  });
  return (
    <section className={styles.timeline} aria-label="Timeline">
      <IconButton icon={ChevronLeft} label="One iteration back" keys="←" onClick={() => move(feed, look, -1)} />
      <input
        ref={slider}
        type="range"
        className={styles.slider}
        aria-label="Iteration that is shown"
        step={1}
        onChange={(event) => look.change({ iteration: Number(event.target.value) })}
      />
      <IconButton icon={ChevronRight} label="One iteration on" keys="→" onClick={() => move(feed, look, 1)} />
      <output ref={text} className={styles.text} />
      {canBeLive && (
        <Button
          look={isLive ? 'primary' : 'plain'}
          aria-pressed={isLive}
          onClick={() => look.change({ iteration: null })}
        >
          <Radio size={16} aria-hidden="true" />
          Live
        </Button>
      )}
    </section>
  );
}
