import { X } from 'lucide-react';
import { useApp } from '../../../store/context.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { Formula } from '../equations/Formula.tsx';
import { useChartView } from '../use-feed.ts';
import styles from './diagram.module.css';
import { PanelPicture } from './PanelCard.tsx';
import { type Card, cards } from './panels.ts';

function PinnedCard({ card }: { readonly card: Card }) {
  const { chartView } = useApp();
  const isLookingBack = useChartView((now) => now.iteration !== null);
  const close = () => chartView.change({ pinned: chartView.now.pinned.filter((area) => area !== card.area) });
  return (
    <li className={styles.pinnedCard}>
      {card.pictures.map(({ panel, label }) => (
        <div key={panel} className={styles.pair}>
          <PanelPicture panel={panel} label={label} />
          {isLookingBack && <PanelPicture panel={panel} label={`${label}, newest`} isLive />}
        </div>
      ))}
      <span className={styles.pinnedCaption}>
        <Formula tex={card.symbol} />
        {isLookingBack && <span className={styles.pinnedNote}>then, now</span>}
        <IconButton icon={X} label={`Unpin ${card.name}`} onClick={close} />
      </span>
    </li>
  );
}

/** The panels that stay in view; of an iteration that is looked back at, beside what they show now. */
export function Pinned() {
  const pinned = useChartView((now) => now.pinned);
  if (pinned.length === 0) return null;
  return (
    <ul className={styles.pinned} aria-label="Panels kept in view">
      {cards.map((card) => (pinned.includes(card.area) ? <PinnedCard key={card.area} card={card} /> : null))}
    </ul>
  );
}
