import { BookmarkPlus } from 'lucide-react';
import type { FixedScores, PanelName } from '../../../paper/names.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { formatPsnr } from '../../ui/format.ts';
import { usePin } from '../runs/pin.ts';
import { useFeed, writeText } from '../use-feed.ts';
import styles from './FixedCrop.module.css';
import { PanelPicture } from './PanelCard.tsx';

interface Shown {
  readonly panel: PanelName;
  readonly name: string;
  readonly score?: (scores: FixedScores) => string;
}

const pictures: readonly Shown[] = [
  { panel: 'fixedLr', name: 'LR' },
  { panel: 'fixedBicubic', name: 'Bicubic', score: ({ bicubic }) => formatPsnr(bicubic) },
  { panel: 'fixedNow', name: 'Now', score: ({ now }) => formatPsnr(now) },
  {
    panel: 'fixedBest',
    name: 'Best',
    score: ({ best, bestStep }) => `${formatPsnr(best)} at ${bestStep.toLocaleString('en-US')}`,
  },
  { panel: 'fixedTruth', name: 'Ground truth' },
];

function Caption({ name, score }: Shown) {
  const text = useFeed<HTMLElement>(['panels', 'view'], (element, feed, { iteration }) => {
    const scores = feed.frame(iteration)?.fixed;
    writeText(element, scores && score ? score(scores) : '');
  });
  return (
    <figcaption className={styles.fixedCaption}>
      {name} <span ref={text} className={styles.fixedScore} />
    </figcaption>
  );
}

/** Pinned at several iterations, it shows the student get better. */
const pinned = {
  name: 'The crop that stays the same',
  pictures: [{ panel: 'fixedNow', label: 'Held-out crop' }],
} as const;

/** One held-out crop that stays the same while the others change: here one sees the student get better. */
export function FixedCrop() {
  const note = usePin();
  const section = useFeed<HTMLElement>(['panels', 'view'], (element, feed, { iteration }) => {
    element.toggleAttribute('data-none', feed.frame(iteration) !== null && feed.panel(iteration, 'fixedNow') === null);
  });
  return (
    <section ref={section} className={styles.fixed} aria-label="The same crop at every iteration">
      <div className={styles.fixedHead}>
        <h3
          className={styles.fixedTitle}
          title="It is never trained on; the student’s EMA upscales it. PSNR of the luma."
        >
          The same crop, at every iteration
        </h3>
        {note && (
          <IconButton icon={BookmarkPlus} label="Pin this crop to the notes" onClick={() => void note(pinned)} />
        )}
      </div>
      <p className={styles.fixedNone}>This run has no such pictures.</p>
      <div className={styles.fixedRow}>
        {pictures.map((shown) => (
          <figure key={shown.panel} className={styles.fixedPicture}>
            <PanelPicture panel={shown.panel} label={`${shown.name} of the crop that stays the same`} />
            <Caption {...shown} />
          </figure>
        ))}
      </div>
    </section>
  );
}
