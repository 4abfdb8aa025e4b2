import { FilePlus2, Plus, Trash2 } from 'lucide-react';
import { type ChangeEvent, useState } from 'react';
import { mostRuns, type RunSummary } from '../../../engine/training-protocol.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmDialog, type Question } from '../../ui/ConfirmDialog.tsx';
import { formatBytes, formatCount, formatDate } from '../../ui/format.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Checkpoints } from './Checkpoints.tsx';
import styles from './RunsPanel.module.css';
import { runName } from './run-name.ts';

interface RunRowProps {
  readonly run: RunSummary;
  readonly isOpen: boolean;
  readonly onAsk: (question: Question) => void;
}

function RunRow({ run, isOpen, onAsk }: RunRowProps) {
  const { selectRun, deleteRun } = useActions();
  const { checkpoints } = run;
  const last = checkpoints.at(-1);
  const name = runName(run.config);
  const size = checkpoints.reduce((sum, { bytes }) => sum + bytes, 0);
  const ask = () =>
    onAsk({
      title: 'Delete this run?',
      text: `“${name}” of ${formatCount(last?.step ?? 0, 'iteration')} and its ${formatCount(checkpoints.length, 'checkpoint')} go for good.`,
      no: 'Keep the run',
      yes: 'Delete it',
      onYes: () => deleteRun(run.id),
    });
  return (
    <li className={styles.row} data-run={run.id}>
      <button
        type="button"
        className={styles.open}
        aria-current={isOpen || undefined}
        onClick={() => !isOpen && selectRun(run.id)}
      >
        <span className={styles.name}>
          {run.parent && <span className={styles.mark}>Fork </span>}
          {name}
        </span>
        <span className={styles.facts}>
          {formatCount(last?.step ?? 0, 'iteration')} · {formatDate(last?.saved ?? run.created)} · {formatBytes(size)}
          {isOpen && ' · open'}
        </span>
      </button>
      <IconButton icon={Trash2} label={`Delete run: ${name}`} onClick={ask} />
    </li>
  );
}

/** All kept runs, and the checkpoints of the one that is open. */
export function RunsPanel() {
  const runs = useAppState(({ training }) => training.runs);
  const open = useAppState(({ training }) => training.run?.run ?? null);
  const { closeRun, importCheckpoint } = useActions();
  const [question, setQuestion] = useState<Question | null>(null);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // Cleared, so that choosing the same file again is a change too.
    event.target.value = '';
    if (file) importCheckpoint(file);
  };
  const current = runs.find(({ id }) => id === open);
  return (
    <section className={styles.panel} aria-label="Runs">
      <h2>Runs</h2>
      <div className={styles.buttons}>
        <Button onClick={closeRun} disabled={open === null} title="Keeps the open run in this list">
          <Plus size={16} aria-hidden="true" />
          New run
        </Button>
        <label className={styles.file}>
          <FilePlus2 size={16} aria-hidden="true" />
          Open a checkpoint
          <input className={styles.input} type="file" accept=".safetensors" onChange={take} />
        </label>
      </div>
      {runs.length === 0 ? (
        <p className={styles.hint}>A run is kept here from its first pause on, up to {mostRuns} of them.</p>
      ) : (
        <ul className={styles.list} aria-label="Kept runs">
          {runs.map((run) => (
            <RunRow key={run.id} run={run} isOpen={run.id === open} onAsk={setQuestion} />
          ))}
        </ul>
      )}
      {current && <Checkpoints run={current} onAsk={setQuestion} />}
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}
