import { BookOpenText, Copy, Download, FilePlus2, Film, Plus, RotateCcw, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { mostRuns, type StoredRunSummary } from '../../../protocol/train.ts';
import { mostRows } from '../../../report/metrics-log.ts';
import { mostShown } from '../../../store/chart-view.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { Button, FileButton, IconButton } from '../../ui/buttons.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialogs.tsx';
import { formatBytes, formatCount, formatDate } from '../../ui/format.ts';
import shapes from '../../ui/shapes.module.css';
import styles from '../panels.module.css';
import { Checkpoints } from './Checkpoints.tsx';
import { Notes } from './Notes.tsx';
import { asRan, differenceNames, type ShownRun, settingsText, useShownRuns } from './shown-runs.ts';

interface RunRowProps {
  readonly run: StoredRunSummary;
  readonly name: string;
  readonly isOpen: boolean;
  /** Its colour and dash on the charts; null: it is not on them. */
  readonly shown: ShownRun | null;
  readonly onAsk: (question: Question) => void;
}

function RunRow({ run, name, isOpen, shown, onAsk }: RunRowProps) {
  const { selectRun, deleteRun, showRun, downloadRun } = useActions();
  const { checkpoints } = run;
  const last = checkpoints.at(-1);
  const size = checkpoints.reduce((sum, { bytes }) => sum + bytes, 0);
  const ask = () =>
    onAsk({
      title: 'Delete this run?',
      text: `“${name}” of ${formatCount(last?.step ?? 0, 'iteration')} and its ${formatCount(checkpoints.length, 'checkpoint')} are deleted.`,
      no: 'Keep the run',
      yes: 'Delete it',
      onYes: () => deleteRun(run.id),
    });
  return (
    <li className={styles.row} data-run={run.id}>
      <label className={styles.tick} title={isOpen ? 'The open run is always on the charts' : 'Show on the charts'}>
        <input
          type="checkbox"
          aria-label={`Show on the charts: ${name}`}
          checked={shown !== null}
          disabled={isOpen}
          onChange={(event) => showRun(run.id, event.target.checked)}
        />
        <span
          className={styles.swatch}
          style={{ color: shown?.colour ?? 'transparent' }}
          data-dashed={shown?.isDashed || undefined}
          aria-hidden="true"
        />
      </label>
      <button
        type="button"
        className={styles.open}
        aria-current={isOpen || undefined}
        title={`Settings: ${settingsText(run.ran)}`}
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
      <IconButton icon={Download} label={`Download run: ${name}`} onClick={() => void downloadRun(run.id)} />
      <IconButton icon={Trash2} label={`Delete run: ${name}`} onClick={ask} />
    </li>
  );
}

interface RunsPanelProps {
  readonly onLogbook: () => void;
  /** Shows the recorded run; null: it is shown. */
  readonly onRecorded: (() => void) | null;
}

/** All kept runs, and notes and checkpoints of the one that is open. */
export function RunsPanel({ onLogbook, onRecorded }: RunsPanelProps) {
  const runs = useAppState(({ training }) => training.runs);
  const open = useAppState(({ training }) => training.run?.run ?? null);
  const step = useAppState(({ training }) => training.run?.step ?? 0);
  const saved = useAppState(({ training }) => training.run?.saved ?? null);
  const { closeRun, importRun, exportCheckpoint, resetTraining } = useActions();
  const [question, setQuestion] = useState<Question | null>(null);
  const names = useMemo(() => differenceNames(runs.map(asRan)), [runs]);
  const shown = useShownRuns();
  const current = runs.find(({ id }) => id === open);
  const reset = () => {
    if (step === 0 && saved === null) resetTraining(true);
    else {
      setQuestion({
        title: 'Start over?',
        text: `The run of ${formatCount(step, 'iteration')} and its checkpoints go; there is no way back to them. Its settings stay.`,
        no: 'Keep the run',
        yes: 'Throw it away',
        onYes: () => resetTraining(true),
      });
    }
  };
  return (
    <section className={shapes.panel} aria-label="Runs">
      <div className={styles.buttons}>
        <Button
          onClick={() => closeRun(false)}
          disabled={open === null}
          title="With the default settings, on the samples; the open run stays in this list"
        >
          <Plus size={16} aria-hidden="true" />
          New run
        </Button>
        <Button
          onClick={() => closeRun(true)}
          disabled={open === null}
          title="With the settings and pictures of the open run, which stays in this list"
        >
          <Copy size={16} aria-hidden="true" />
          New run, same settings
        </Button>
        <Button
          onClick={() => onRecorded?.()}
          disabled={onRecorded === null}
          title="Plays the recorded demo; the open run stays in this list"
        >
          <Film size={16} aria-hidden="true" />
          Recorded run
        </Button>
        <FileButton
          icon={FilePlus2}
          label="Open a checkpoint or run"
          accept=".safetensors,.zip,.html"
          onFiles={([file]) => file && importRun(file)}
        />
        <Button
          onClick={() => exportCheckpoint(saved ?? 0)}
          disabled={saved === null}
          title="The last checkpoint, as safetensors"
        >
          <Download size={16} aria-hidden="true" />
          Checkpoint
        </Button>
        <Button onClick={onLogbook} disabled={runs.length === 0} title="Notes, curves and runs as one page">
          <BookOpenText size={16} aria-hidden="true" />
          Save logbook …
        </Button>
        <Button onClick={reset} disabled={open === null}>
          <RotateCcw size={16} aria-hidden="true" />
          Reset
        </Button>
      </div>
      {runs.length === 0 ? (
        <p className={styles.runsHint}>A run is kept here from its first pause on, up to {mostRuns} of them.</p>
      ) : (
        <ul className={styles.list} aria-label="Kept runs">
          {runs.map((run) => (
            <RunRow
              key={run.id}
              run={run}
              name={names.get(run.id) ?? ''}
              isOpen={run.id === open}
              shown={shown.find((each) => each.run === run.id) ?? null}
              onAsk={setQuestion}
            />
          ))}
        </ul>
      )}
      {runs.length > 1 && (
        <p className={styles.runsHint}>
          Names say what differs, where that is little; all settings are said on pointing. Ticked runs are drawn on the
          charts, {mostShown} at most.
        </p>
      )}
      {current && (current.checkpoints.at(-1)?.step ?? 0) > mostRows && (
        <p className={styles.runsHint}>
          Of a run beyond {formatCount(mostRows, 'iteration')}, ever fewer of the older ones are kept on its curves.
        </p>
      )}
      {current && <p className={styles.runsHint}>Settings of the open run: {settingsText(current.ran)}.</p>}
      {current && <Notes key={current.id} run={current} />}
      {current && <Checkpoints run={current} onAsk={setQuestion} />}
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}
