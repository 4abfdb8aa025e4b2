import { X } from 'lucide-react';
import { useApp } from '../../../store/context.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { Maths } from '../equations/Formula.tsx';
import { useLook } from '../use-feed.ts';
import styles from './diagram.module.css';
import { Picture } from './PanelCard.tsx';
import { type Card, cards } from './panels.ts';

function PinnedCard({ card }: { readonly card: Card }) {
  const { look } = useApp();
  const isLookingBack = useLook((now) => now.iteration !== null);
  const close = () => look.change({ pinned: look.now.pinned.filter((area) => area !== card.area) });
  return (
    <li className={styles.pinnedCard}>
      {card.pictures.map(({ panel, label }) => (
        <div key={panel} className={styles.pair}>
          <Picture panel={panel} label={label} />
          {isLookingBack && <Picture panel={panel} label={`${label}, newest`} isLive />}
        </div>
      ))}
      <span className={styles.pinnedCaption}>
        <Maths tex={card.symbol} />
        {isLookingBack && <span className={styles.pinnedNote}>then, now</span>}
        <IconButton icon={X} label={`Unpin ${card.name}`} onClick={close} />
      </span>
    </li>
  );
}

/** The panels that stay in view; of an iteration that is looked back at, beside what they show now. */
export function Pinned() {
  const pinned = useLook((now) => now.pinned);
  if (pinned.length === 0) return null;
  return (
    <ul className={styles.pinned} aria-label="Panels kept in view">
      {cards.map((card) => (pinned.includes(card.area) ? <PinnedCard key={card.area} card={card} /> : null))}
    </ul>
  );
}
