import { ArrowRight, ArrowUp, ArrowUpDown, ArrowUpRight, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Explained } from '../equations/Explained.tsx';
import { useFeed } from '../use-feed.ts';
import styles from './diagram.module.css';
import { EnlargeDialog } from './EnlargeDialog.tsx';
import { PanelCard, place } from './PanelCard.tsx';
import { type Arrow, arrows, type Card, cards } from './panels.ts';
import { StartSteps } from './StartSteps.tsx';

const icons: Readonly<Record<Arrow['direction'], LucideIcon>> = {
  right: ArrowRight,
  up: ArrowUp,
  upRight: ArrowUpRight,
  both: ArrowUpDown,
};

function ArrowMark({ area, direction, symbol, network, note, phases }: Arrow) {
  const Icon = icons[direction];
  return (
    <div
      className={styles.arrow}
      style={place(area)}
      data-direction={direction}
      data-network={network}
      data-phases={phases.join(' ')}
    >
      <span className={styles.label}>
        {network && <span className={styles.network}>{network}</span>}
        <Explained tex={symbol} />
        {note && <span className={styles.note}>{note}</span>}
      </span>
      <Icon size={18} aria-hidden="true" />
    </div>
  );
}

/** Figure 2 of the paper with the run's own pictures in it; what the running phase works on is lit. */
export function Diagram() {
  const [enlarged, setEnlarged] = useState<Card | null>(null);
  const diagram = useFeed<HTMLDivElement>('phase', (element, { phase }) => {
    for (const part of element.querySelectorAll('[data-phases]')) {
      const isActive = phase !== null && part.getAttribute('data-phases')?.split(' ').includes(phase);
      part.toggleAttribute('data-active', isActive === true);
    }
  });
  return (
    <section className={styles.section} aria-label="The five networks">
      <h2 className="sr-only">The five networks</h2>
      <div ref={diagram} className={styles.diagram}>
        {cards.map((card) => (
          <PanelCard key={card.area} card={card} onEnlarge={() => setEnlarged(card)} />
        ))}
        {arrows.map((arrow) => (
          <ArrowMark key={arrow.area} {...arrow} />
        ))}
      </div>
      <StartSteps />
      <EnlargeDialog card={enlarged} onClose={() => setEnlarged(null)} />
    </section>
  );
}
