import { FolderClock, GraduationCap, Pause, Play, SkipForward, SlidersHorizontal, StepForward } from 'lucide-react';
import { useActions, useAppState } from '../../store/context.ts';
import { isBusy } from '../../store/training.ts';
import type { TrainingFeed } from '../../store/training-feed.ts';
import { Button } from '../ui/buttons.tsx';
import { DrawerButton, type DrawerName } from './Drawer.tsx';
import { PlaybackMenu } from './PlaybackMenu.tsx';
import styles from './train.module.css';
import { useFeed, writeText } from './use-feed.ts';

function Fact({ name, label, text }: { name: string; label: string; text: (feed: TrainingFeed) => string }) {
  const value = useFeed<HTMLElement>('rows', (element, feed) => {
    writeText(element, text(feed));
  });
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd ref={value} data-fact={name} />
    </div>
  );
}

const pace = ({ pace }: TrainingFeed) => (pace === null ? '–' : pace.toPrecision(2));

function Facts() {
  const { pool, freshChains } = useAppState(({ training }) => training.run?.config ?? training.draft);
  const saved = useAppState(({ training }) => training.run?.saved ?? null);
  return (
    <dl className={styles.facts}>
      <Fact name="iteration" label="Iteration" text={({ step }) => step.toLocaleString('en-US')} />
      <Fact name="pace" label="Iterations/s" text={pace} />
      <Fact
        name="pool"
        label="Teacher samples"
        text={({ targets }) => (freshChains ? `${targets}` : `${targets} of ${pool}`)}
      />
      <div className={styles.fact}>
        <dt>Last checkpoint</dt>
        <dd data-fact="saved">{saved === null ? '–' : saved.toLocaleString('en-US')}</dd>
      </div>
    </dl>
  );
}

interface TransportProps {
  /** A recording is shown: the run's own facts would only confuse. */
  readonly isRecorded: boolean;
  readonly drawer: DrawerName | null;
  readonly onDrawer: (name: DrawerName | null) => void;
}

/** Trains, pauses and steps, says how far the run is, and opens settings and runs. */
export function Transport({ isRecorded, drawer, onDrawer }: TransportProps) {
  // Pressed before the engine has looked for a run: it starts once that is done.
  const status = useAppState(({ training }) => training.run?.status ?? (training.asked ? 'starting' : null));
  const step = useAppState(({ training }) => training.run?.step ?? 0);
  const { playTraining, pauseTraining, stepTraining } = useActions();
  const busy = isBusy(status);
  return (
    <section className={styles.transport} aria-label="Transport">
      <div className={styles.buttons}>
        {busy ? (
          <Button look="primary" className={styles.play} onClick={pauseTraining} disabled={status === 'pausing'}>
            <Pause size={16} aria-hidden="true" />
            {status === 'pausing' ? 'Pausing …' : 'Pause'}
          </Button>
        ) : (
          <Button look="primary" className={styles.play} onClick={playTraining}>
            <Play size={16} aria-hidden="true" />
            {step > 0 ? 'Resume' : 'Train'}
          </Button>
        )}
        <Button onClick={() => stepTraining('iteration')} disabled={busy} title="One iteration, or the rest of it">
          <SkipForward size={16} aria-hidden="true" />
          Step
        </Button>
        <Button onClick={() => stepTraining('phase')} disabled={busy} title="One phase of an iteration">
          <StepForward size={16} aria-hidden="true" />
          Phase
        </Button>
        <PlaybackMenu />
      </div>
      {!isRecorded && <Facts />}
      <div className={styles.drawers}>
        <DrawerButton name="teach" open={drawer} onOpen={onDrawer}>
          <GraduationCap size={16} aria-hidden="true" />
          Teach it my pictures
        </DrawerButton>
        <DrawerButton name="settings" open={drawer} onOpen={onDrawer}>
          <SlidersHorizontal size={16} aria-hidden="true" />
          Settings
        </DrawerButton>
        <DrawerButton name="runs" open={drawer} onOpen={onDrawer}>
          <FolderClock size={16} aria-hidden="true" />
          Runs
        </DrawerButton>
      </div>
    </section>
  );
}
