import { ArrowRight, ArrowUp, ArrowUpDown, ArrowUpRight, Check, Circle, Loader, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { type StartStage, startStages } from '../../../protocol/train.ts';
import { trainingPhases } from '../../../report/run-metrics.ts';
import { useAppState } from '../../../store/context.ts';
import { isBusy } from '../../../store/training.ts';
import { Explained } from '../equations/Formula.tsx';
import { useFeed, writeText } from '../use-feed.ts';
import styles from './diagram.module.css';
import { EnlargeDialog } from './EnlargeDialog.tsx';
import { PanelCard, place } from './PanelCard.tsx';
import { type Arrow, arrows, type Card, cards, phaseNames } from './panels.ts';

export const startNames: Readonly<Record<StartStage, string>> = {
  weights: 'Loading the weights',
  networks: 'Building the networks',
  crops: 'Cutting the first crops',
};

/** Over the figure until it has pictures: what a run that starts does, and how far it is. */
function StartSteps() {
  const isGoing = useAppState(({ training }) => training.asked?.wants === 'go' || isBusy(training.run?.status ?? null));
  const start = useAppState(({ training }) => training.run?.start ?? null);
  const isOpen = useAppState(({ training }) => training.run?.status === 'running');
  const box = useFeed<HTMLDivElement>('panels', (element, feed) => {
    element.hidden = feed.panel(null, 'lr') !== null;
  });
  const first = useFeed<HTMLSpanElement>('phase', (element, { phase }) => {
    const at = phase ? `: ${phaseNames[phase]}, ${trainingPhases.indexOf(phase) + 1} of ${trainingPhases.length}` : '';
    writeText(element, `First iteration${at}`);
  });
  const now = start ? 1 + startStages.indexOf(start.stage) : isOpen ? 1 + startStages.length : 0;
  const Mark = ({ index }: { readonly index: number }) => {
    const Icon = index < now ? Check : index === now ? Loader : Circle;
    return <Icon size={16} aria-hidden="true" data-now={index === now || undefined} />;
  };
  return (
    <div ref={box} className={styles.start} data-going={isGoing || undefined}>
      {isGoing && (
        <ol className={styles.startSteps} aria-label="Start of the run">
          <li data-done={now > 0 || undefined}>
            <Mark index={0} />
            Opening the engine
          </li>
          {startStages.map((stage, index) => (
            <li key={stage} data-done={index + 1 < now || undefined}>
              <Mark index={index + 1} />
              {startNames[stage]}
              {start?.stage === stage && start.of > 1 && `: ${start.done} of ${start.of}`}
            </li>
          ))}
          <li>
            <Mark index={startStages.length + 1} />
            <span ref={first}>First iteration</span>
          </li>
        </ol>
      )}
    </div>
  );
}

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
