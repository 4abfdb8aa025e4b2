/** Moves a run in time: trains, pauses and steps it, shows the phases of an iteration, and goes to a past one. */
import {
  ChevronLeft,
  ChevronRight,
  FolderClock,
  GraduationCap,
  Pause,
  Play,
  Radio,
  SkipForward,
  SlidersHorizontal,
  StepForward,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { trainingPhases } from '../../report/run-metrics.ts';
import { useActions, useApp, useAppState } from '../../store/context.ts';
import { isBusy } from '../../store/training.ts';
import type { TrainingFeed } from '../../store/training-feed.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { formatMilliseconds, formatTwoDigits } from '../ui/format.ts';
import { DrawerButton, type DrawerName } from './Drawer.tsx';
import { StepText } from './diagram/EnlargeDialog.tsx';
import { phaseNames } from './diagram/panels.ts';
import { stepIteration } from './keys.ts';
import phaseStyles from './Phases.module.css';
import { PlaybackMenu } from './PlaybackMenu.tsx';
import styles from './train.module.css';
import { useChartView, useFeed, writeText } from './use-feed.ts';

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

const pace = ({ pace }: TrainingFeed) => (pace === null ? '–' : formatTwoDigits(pace));

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
          Runs & notes
        </DrawerButton>
      </div>
    </section>
  );
}

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
    <div className={phaseStyles.bar} title={isGiven ? gpuTimes : undefined}>
      <ol ref={list} className={phaseStyles.phases} aria-label="Phases of an iteration">
        {trainingPhases.map((phase) => (
          <li key={phase} className={phaseStyles.phase} data-phase={phase}>
            <span className={phaseStyles.phaseName}>{phaseNames[phase]}</span>
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
    <label className={phaseStyles.slow}>
      <span className={phaseStyles.slowName}>Slow motion</span>
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
  return <span ref={text} className={phaseStyles.took} />;
}

interface TimelineProps {
  /** Whether new iterations come. */
  readonly isLive: boolean;
  /** Controls at its start. */
  readonly children?: ReactNode;
}

/** Chooses the iteration that charts and pictures show: a past one, or the newest. */
export function Timeline({ isLive: canBeLive, children }: TimelineProps) {
  const { feed, chartView } = useApp();
  const isLive = useChartView((now) => now.iteration === null);
  const slider = useFeed<HTMLInputElement>(['rows', 'view'], (input, { curves }, { now }) => {
    const [first, last] = curves.span;
    input.min = String(first);
    input.max = String(last);
    input.value = String(now.iteration ?? last);
    input.disabled = last === first;
  });
  const text = useFeed<HTMLOutputElement>(['rows', 'view'], (output, { curves }, { iteration }) => {
    const [, last] = curves.span;
    // Beside longer runs the pointer may be beyond the open one's end.
    const at = Math.min(iteration ?? last, last);
    writeText(output, last === 0 ? '–' : `${at.toLocaleString('en-US')} of ${last.toLocaleString('en-US')}`);
  });
  return (
    <section className={styles.timeline} aria-label="Timeline">
      {children}
      <IconButton
        icon={ChevronLeft}
        label="One iteration back"
        keys="←"
        onClick={() => stepIteration(feed, chartView, -1)}
      />
      <input
        ref={slider}
        type="range"
        className={styles.slider}
        aria-label="Iteration that is shown"
        step={1}
        onChange={(event) => chartView.change({ iteration: Number(event.target.value) })}
      />
      <IconButton
        icon={ChevronRight}
        label="One iteration on"
        keys="→"
        onClick={() => stepIteration(feed, chartView, 1)}
      />
      <output ref={text} className={styles.text} />
      <StepText />
      {canBeLive && (
        <Button
          look={isLive ? 'primary' : 'plain'}
          aria-pressed={isLive}
          onClick={() => chartView.change({ iteration: null })}
        >
          <Radio size={16} aria-hidden="true" />
          Live
        </Button>
      )}
    </section>
  );
}
