import { Check, Circle, Loader } from 'lucide-react';
import type { StartStage } from '../../../protocol/train.ts';
import { startStages } from '../../../protocol/train.ts';
import { trainingPhases } from '../../../report/run-metrics.ts';
import { useAppState } from '../../../store/context.ts';
import { isBusy } from '../../../store/training.ts';
import { useFeed, writeText } from '../use-feed.ts';
import { phaseNames } from './panels.ts';
import styles from './StartSteps.module.css';

export const startNames: Readonly<Record<StartStage, string>> = {
  weights: 'Loading the weights',
  networks: 'Building the networks',
  crops: 'Cutting the first crops',
};

/** Over the figure until it has pictures: what a run that starts does, and how far it is. */
export function StartSteps() {
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
