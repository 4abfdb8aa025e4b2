import { ArrowDown, ArrowLeft, ArrowRight, ArrowUpDown, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Explained } from '../equations/Explained.tsx';
import { useFeed } from '../use-feed.ts';
import styles from './diagram.module.css';
import { EnlargeDialog, StepText } from './EnlargeDialog.tsx';
import { PanelCard, place } from './PanelCard.tsx';
import { type Arrow, arrows, type Card, cards } from './panels.ts';

const icons: Readonly<Record<Arrow['direction'], LucideIcon>> = {
  right: ArrowRight,
  left: ArrowLeft,
  down: ArrowDown,
  both: ArrowUpDown,
};

function ArrowMark({ area, direction, symbol, note, phases }: Arrow) {
  const Icon = icons[direction];
  return (
    <div className={styles.arrow} style={place(area)} data-direction={direction} data-phases={phases.join(' ')}>
      <span className={styles.label}>
        <Explained tex={symbol} />
        {note && <span className={styles.note}>{note}</span>}
      </span>
      <Icon size={20} aria-hidden="true" />
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
      <StepText />
      <div ref={diagram} className={styles.diagram}>
        {cards.map((card) => (
          <PanelCard key={card.area} card={card} onEnlarge={() => setEnlarged(card)} />
        ))}
        {arrows.map((arrow) => (
          <ArrowMark key={arrow.area} {...arrow} />
        ))}
      </div>
      <EnlargeDialog card={enlarged} onClose={() => setEnlarged(null)} />
    </section>
  );
}
