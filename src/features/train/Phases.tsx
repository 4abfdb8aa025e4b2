import { trainingPhases } from '../../engine/training-protocol.ts';
import { formatMilliseconds } from '../ui/format.ts';
import { phaseNames } from './diagram/panels.ts';
import styles from './Phases.module.css';
import { useFeed } from './use-feed.ts';

/** The phases of an iteration in their order, each with the milliseconds it took last; the one that runs is lit. */
export function Phases() {
  const list = useFeed<HTMLOListElement>('phase', (element, { phase }) => {
    for (const item of element.children) {
      item.toggleAttribute('data-active', item.getAttribute('data-phase') === phase);
    }
  });
  return (
    <ol ref={list} className={styles.phases} aria-label="Phases of an iteration">
      {trainingPhases.map((phase) => (
        <li key={phase} className={styles.phase} data-phase={phase}>
          {phaseNames[phase]}
          <Took phase={phase} />
        </li>
      ))}
    </ol>
  );
}

function Took({ phase }: { readonly phase: (typeof trainingPhases)[number] }) {
  const text = useFeed<HTMLSpanElement>('rows', (element, feed) => {
    const milliseconds = feed.last(`timing.${phase}`);
    element.textContent = milliseconds === null ? '' : formatMilliseconds(milliseconds);
  });
  return <span ref={text} className={styles.took} />;
}
