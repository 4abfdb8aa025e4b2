import { Download, Pause, Play, RotateCcw, SkipForward, StepForward } from 'lucide-react';
import { useState } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { isBusy } from '../../store/training.ts';
import type { TrainingFeed } from '../../store/training-feed.ts';
import { Button } from '../ui/buttons.tsx';
import { ConfirmDialog } from '../ui/dialogs.tsx';
import { formatCount } from '../ui/format.ts';
import { phaseNames } from './diagram/panels.ts';
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
        <dt>Kept at</dt>
        <dd data-fact="saved">{saved === null ? '–' : saved.toLocaleString('en-US')}</dd>
      </div>
    </dl>
  );
}

/** Play, pause, steps and reset, and what the run says of itself. */
export function Transport() {
  const run = useAppState(({ training }) => training.run);
  const { playTraining, pauseTraining, stepTraining, resetTraining, exportCheckpoint } = useActions();
  const [asking, setAsking] = useState(false);
  const status = run?.status ?? null;
  const busy = isBusy(status);
  const reset = () => (run && (run.step > 0 || run.saved) ? setAsking(true) : resetTraining());
  const question = {
    title: 'Start over?',
    text: `The run of ${formatCount(run?.step ?? 0, 'iteration')} and its checkpoints go; there is no way back to them. Its settings stay.`,
    no: 'Keep the run',
    yes: 'Throw it away',
    onYes: resetTraining,
  };
  return (
    <section className={styles.transport} aria-label="Transport">
      <div className={styles.buttons}>
        {busy ? (
          <Button look="primary" onClick={pauseTraining} disabled={status === 'pausing'}>
            <Pause size={16} aria-hidden="true" />
            {status === 'pausing' ? 'Pausing …' : 'Pause'}
          </Button>
        ) : (
          <Button look="primary" onClick={playTraining} disabled={status === null}>
            <Play size={16} aria-hidden="true" />
            {status === 'stored' ? 'Resume' : 'Play'}
          </Button>
        )}
        <Button onClick={() => stepTraining('iteration')} disabled={busy || status === null} title="One iteration">
          <SkipForward size={16} aria-hidden="true" />
          Step
        </Button>
        <Button
          onClick={() => stepTraining('phase')}
          disabled={busy || status === null}
          title="One phase of an iteration"
        >
          <StepForward size={16} aria-hidden="true" />
          Phase
        </Button>
        <PlaybackMenu />
        <Button onClick={reset} disabled={status === null || status === 'none'}>
          <RotateCcw size={16} aria-hidden="true" />
          Reset
        </Button>
        <Button
          onClick={() => exportCheckpoint(run?.saved ?? 0)}
          disabled={run?.saved == null}
          title="The last checkpoint, as safetensors"
        >
          <Download size={16} aria-hidden="true" />
          Checkpoint
        </Button>
      </div>
      <Facts />
      <p className={styles.message} role="status">
        {status === 'stored' && !run?.fault && `This run is kept at iteration ${run?.saved} and goes on from there. `}
        {run?.message}
        {run?.ended}
        {run?.nextPhase && `Half-way through iteration ${run.step + 1}; next: ${phaseNames[run.nextPhase]}.`}
      </p>
      {run?.fault && (
        <p className={styles.fault} role="alert">
          {run.fault}
        </p>
      )}
      <ConfirmDialog question={asking ? question : null} onClose={() => setAsking(false)} />
    </section>
  );
}
