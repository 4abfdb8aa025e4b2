import { Maximize2, Pin } from 'lucide-react';
import type { CSSProperties } from 'react';
import { useApp } from '../../../store/context.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { Explained } from '../maths/Explained.tsx';
import { Maths } from '../maths/Maths.tsx';
import { useLook } from '../use-feed.ts';
import styles from './Diagram.module.css';
import { Histogram } from './Histogram.tsx';
import { Picture } from './Picture.tsx';
import type { Card } from './panels.ts';

/** Its place, where there is room for the figure. */
export const place = (area: string) => ({ '--area': area }) as CSSProperties;

export function PanelCard({ card, onEnlarge }: { readonly card: Card; readonly onEnlarge: () => void }) {
  const { look } = useApp();
  const { area, symbol, name, sentence, phases, pictures, scores } = card;
  const isPinned = useLook(({ pinned }) => pinned.includes(area));
  const pin = () => {
    const { pinned } = look.now;
    look.change({ pinned: isPinned ? pinned.filter((each) => each !== area) : [...pinned, area] });
  };
  return (
    <figure className={styles.card} style={place(area)} data-phases={phases.join(' ')}>
      <div className={styles.pictures}>
        {pictures.map(({ panel, label, symbol: of }) => (
          <div key={panel} className={styles.frame}>
            <Picture panel={panel} label={label} />
            {of && <Maths tex={of} />}
          </div>
        ))}
      </div>
      {scores && <Histogram label={`Histogram of the scores of ${symbol}`} {...scores} />}
      <figcaption className={styles.caption}>
        <h3 className={styles.name}>
          <Explained tex={symbol} /> {name}
        </h3>
        <p className={styles.sentence}>{sentence}</p>
        <div className={styles.tools}>
          <IconButton icon={Pin} label={`Keep ${name} in view`} pressed={isPinned} onClick={pin} />
          <IconButton icon={Maximize2} label={`Enlarge ${name}`} onClick={onEnlarge} />
        </div>
      </figcaption>
    </figure>
  );
}
