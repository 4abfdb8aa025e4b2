import { ArrowDown, ArrowLeft, ArrowRight, ArrowUpDown, type LucideIcon } from 'lucide-react';
import type { CSSProperties } from 'react';
import type { PanelName } from '../../../engine/training-protocol.ts';
import { Maths } from '../Maths.tsx';
import { useFeed } from '../use-feed.ts';
import styles from './Diagram.module.css';
import { type Arrow, arrows, type Card, cards } from './panels.ts';

const icons: Readonly<Record<Arrow['direction'], LucideIcon>> = {
  right: ArrowRight,
  left: ArrowLeft,
  down: ArrowDown,
  both: ArrowUpDown,
};

/** Its place, where there is room for the figure. */
const place = (area: string) => ({ '--area': area }) as CSSProperties;

function Picture({ panel, label }: { readonly panel: PanelName; readonly label: string }) {
  const canvas = useFeed<HTMLCanvasElement>('panels', (element, feed) => {
    const { frame } = feed;
    const place = frame?.places.find(({ name }) => name === panel);
    element.toggleAttribute('data-empty', !place);
    const [width, height] = [place?.width ?? 1, place?.height ?? 1];
    // Setting a size also clears.
    element.width = width;
    element.height = height;
    if (frame && place)
      element.getContext('2d')?.drawImage(frame.sheet, 0, place.y, width, height, 0, 0, width, height);
  });
  return <canvas ref={canvas} className={styles.picture} role="img" aria-label={label} data-panel={panel} />;
}

function PanelCard({ area, symbol, name, sentence, phases, pictures }: Card) {
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
      <figcaption className={styles.caption}>
        <h3 className={styles.name}>
          <Maths tex={symbol} /> {name}
        </h3>
        <p className={styles.sentence}>{sentence}</p>
      </figcaption>
    </figure>
  );
}

function ArrowMark({ area, direction, symbol, note, phases }: Arrow) {
  const Icon = icons[direction];
  return (
    <div
      className={styles.arrow}
      style={place(area)}
      data-direction={direction}
      data-phases={phases.join(' ')}
      aria-hidden="true"
    >
      <span className={styles.label}>
        <Maths tex={symbol} />
        {note && <span className={styles.note}>{note}</span>}
      </span>
      <Icon size={20} />
    </div>
  );
}

/** Figure 2 of the paper with the run's own pictures in it; what the running phase works on is lit. */
export function Diagram() {
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
          <PanelCard key={card.area} {...card} />
        ))}
        {arrows.map((arrow) => (
          <ArrowMark key={arrow.area} {...arrow} />
        ))}
      </div>
    </section>
  );
}
