import { Download, GitFork, Pin, PinOff, Trash2, Undo2 } from 'lucide-react';
import type { StoredRunSummary } from '../../../protocol/train.ts';
import type { CheckpointSummary } from '../../../report/run-record.ts';
import { useActions } from '../../../store/context.ts';
import { IconButton } from '../../ui/buttons.tsx';
import type { Question } from '../../ui/dialogs.tsx';
import { formatBytes, formatCount, formatDate, formatInteger, formatPsnr } from '../../ui/format.ts';
import styles from '../panels.module.css';

interface RowProps {
  readonly checkpoint: CheckpointSummary;
  /** Those that would go with a rewind to this one. */
  readonly later: readonly CheckpointSummary[];
  readonly onAsk: (question: Question) => void;
}

function Row({ checkpoint, later, onAsk }: RowProps) {
  const { rewindRun, forkRun, pinCheckpoint, discardCheckpoint, exportCheckpoint } = useActions();
  const { step, saved, bytes, pinned, psnrY, psnrStep } = checkpoint;
  const isNewest = later.length === 0;
  const measuredAt = psnrStep === null || psnrStep === step ? '' : ` at iteration ${formatInteger(psnrStep)}`;
  const rewind = () =>
    onAsk({
      title: `Rewind to iteration ${formatInteger(step)}?`,
      text: `Everything after it goes: its curves, and ${formatCount(later.length, 'later checkpoint')}${later.some((each) => each.pinned) ? ', pinned ones too' : ''}. A fork would keep them.`,
      no: 'Stay here',
      yes: 'Rewind',
      onYes: () => rewindRun(step),
    });
  const discard = () =>
    onAsk({
      title: `Delete the checkpoint of iteration ${formatInteger(step)}?`,
      text: 'The run itself stays as it is.',
      no: 'Keep it',
      yes: 'Delete it',
      onYes: () => discardCheckpoint(step),
    });
  return (
    <li className={styles.checkpoint} data-step={step}>
      <span className={styles.facts}>
        <b>Iteration {formatInteger(step)}</b>
        {pinned && <span className={styles.mark}> pinned</span>}
        <br />
        {formatDate(saved)} · {formatBytes(bytes)}
        {psnrY !== null && ` · ${formatPsnr(psnrY)}${measuredAt}`}
      </span>
      <span className={styles.actions}>
        <IconButton
          icon={pinned ? PinOff : Pin}
          label={pinned ? `Unpin iteration ${step}` : `Pin iteration ${step}`}
          pressed={pinned}
          onClick={() => pinCheckpoint(step, !pinned)}
        />
        <IconButton icon={Undo2} label={`Rewind to iteration ${step}`} disabled={isNewest} onClick={rewind} />
        <IconButton icon={GitFork} label={`Fork at iteration ${step}`} onClick={() => forkRun(step)} />
        <IconButton icon={Download} label={`Download iteration ${step}`} onClick={() => exportCheckpoint(step)} />
        <IconButton icon={Trash2} label={`Delete iteration ${step}`} disabled={isNewest} onClick={discard} />
      </span>
    </li>
  );
}

interface CheckpointsProps {
  readonly run: StoredRunSummary;
  readonly onAsk: (question: Question) => void;
}

/** Newest first. The newest is what the run goes on from; it can't be deleted alone. */
export function Checkpoints({ run: { checkpoints }, onAsk }: CheckpointsProps) {
  return (
    <>
      <h3 className={styles.title}>Checkpoints of the open run</h3>
      <ul className={styles.list} aria-label="Checkpoints">
        {checkpoints
          .map((checkpoint, index) => (
            <Row key={checkpoint.step} checkpoint={checkpoint} later={checkpoints.slice(index + 1)} onAsk={onAsk} />
          ))
          .reverse()}
      </ul>
      <p className={styles.runsHint}>The last three checkpoints are kept, and the pinned ones until you unpin them.</p>
    </>
  );
}
