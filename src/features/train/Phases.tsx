import { trainingPhases } from '../../report/run-metrics.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { formatMilliseconds } from '../ui/format.ts';
import { phaseNames } from './diagram/panels.ts';
import styles from './Phases.module.css';
import { useFeed, writeText } from './use-feed.ts';

/** Milliseconds of a phase at least. */
const slowest = [0, 200, 500, 1000, 2000, 5000];

const gpuTimes =
  'At full speed these are the times until a phase’s commands are given; by Phase or in slow motion, until the GPU has done them.';

/**
 * The phases of an iteration in their order, each with the milliseconds it took last; the one that runs is lit. A GPU is given
 * the commands of one phase after the other and works on; it is waited for where phases are stepped or slowed, and that is said.
 */
export function Phases({ isRecorded }: { readonly isRecorded: boolean }) {
  const isGiven = useAppState(({ engine }) => engine.ready?.backend === 'webgpu');
  const list = useFeed<HTMLOListElement>('phase', (element, { phase }) => {
    for (const item of element.children) {
      item.toggleAttribute('data-active', item.getAttribute('data-phase') === phase);
    }
  });
  return (
    <div className={styles.bar} title={isGiven ? gpuTimes : undefined}>
      <ol ref={list} className={styles.phases} aria-label="Phases of an iteration">
        {trainingPhases.map((phase) => (
          <li key={phase} className={styles.phase} data-phase={phase}>
            <span className={styles.phaseName}>{phaseNames[phase]}</span>
            <Took phase={phase} />
          </li>
        ))}
      </ol>
      {!isRecorded && <SlowMotion />}
    </div>
  );
}

/** Lengthens the phases, so that one sees in the figure what each works on. */
function SlowMotion() {
  const milliseconds = useAppState(({ training }) => training.playback.phaseMilliseconds);
  const { setPlayback } = useActions();
  return (
    <label className={styles.slow}>
      <span className={styles.slowName}>Slow motion</span>
      <select value={milliseconds} onChange={(event) => setPlayback({ phaseMilliseconds: Number(event.target.value) })}>
        {slowest.map((each) => (
          <option key={each} value={each}>
            {each === 0 ? 'off' : `${each / 1000} s a phase`}
          </option>
        ))}
      </select>
    </label>
  );
}

function Took({ phase }: { readonly phase: (typeof trainingPhases)[number] }) {
  const text = useFeed<HTMLSpanElement>('rows', (element, feed) => {
    const milliseconds = feed.last(`timing.${phase}`);
    writeText(element, milliseconds === null ? '' : formatMilliseconds(milliseconds));
  });
  return <span ref={text} className={styles.took} />;
}
