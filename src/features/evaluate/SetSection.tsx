import { type DegradationKind, degradationTitles } from '../../degradation/settings.ts';
import type { EvaluationState, PictureRole, SetKind } from '../../protocol/evaluate.ts';
import { useActions } from '../../store/context.ts';
import { notifySkipped } from '../intake/drop-routes.ts';
import type { DroppedFiles } from '../intake/dropped-files.ts';
import { AddImages } from '../intake/ways-in.tsx';
import { Button } from '../ui/buttons.tsx';
import { ChoiceField } from '../ui/fields.tsx';
import { formatBytes, formatCount } from '../ui/format.ts';
import styles from './Evaluate.module.css';

const setTitles: Readonly<Record<SetKind, string>> = {
  degraded: 'HR pictures; LR versions are made here',
  pairs: 'HR and LR pairs, by file name',
  blind: 'LR pictures alone: times and no-reference scores',
};

const kinds = Object.keys(setTitles) as SetKind[];
const degradations = (Object.keys(degradationTitles) as DegradationKind[]).map((value) => ({
  value,
  label: degradationTitles[value],
}));

function Pictures({ of: role, state }: { readonly of: PictureRole; readonly state: EvaluationState }) {
  const { addEvaluationPictures, clearEvaluationPictures, notify } = useActions();
  const { count, bytes } = state.pictures[role];
  const name = role.toUpperCase();
  const add = (dropped: DroppedFiles) => {
    if (dropped.files.length > 0) addEvaluationPictures(role, dropped.files);
    notifySkipped(notify, dropped, null);
  };
  return (
    <fieldset className={styles.pictures} disabled={state.running}>
      <legend className="sr-only">{name} pictures</legend>
      <AddImages label={`Add ${name} pictures`} prominent={count === 0} onAdd={add} />
      <span>{count > 0 ? `${formatCount(count, `${name} picture`)}, ${formatBytes(bytes)}` : 'or a folder'}</span>
      {count > 0 && <Button onClick={() => clearEvaluationPictures(role)}>Clear {name}</Button>}
    </fieldset>
  );
}

/** The pictures, and the source of their truth. */
export function SetSection({ state }: { readonly state: EvaluationState }) {
  const { changeEvaluation } = useActions();
  const { setup, set, reading, running } = state;
  return (
    <section className={styles.card} aria-labelledby="set-title">
      <h2 id="set-title">Pictures</h2>
      <fieldset className={styles.choices} disabled={running}>
        <legend className="sr-only">Kind of set</legend>
        {kinds.map((kind) => (
          <label key={kind} className={styles.choice}>
            <input
              type="radio"
              name="evaluation-set"
              checked={setup.set === kind}
              onChange={() => changeEvaluation({ set: kind })}
            />
            {setTitles[kind]}
          </label>
        ))}
      </fieldset>
      {setup.set === 'degraded' && (
        <fieldset className={styles.plain} disabled={running}>
          <legend className="sr-only">Degradation</legend>
          <ChoiceField
            label="Degradation"
            id="evaluation-degradation"
            hint="Drawn by the seed and the file’s name: the same on every run."
            value={setup.degradation}
            choices={degradations}
            onChange={(degradation) => changeEvaluation({ degradation })}
          />
        </fieldset>
      )}
      {setup.set !== 'blind' && <Pictures of="hr" state={state} />}
      {setup.set !== 'degraded' && <Pictures of="lr" state={state} />}
      <p className={styles.hint} role="status">
        {reading
          ? `Reading ${reading.done + 1} of ${formatCount(reading.total, 'picture')} …`
          : set.count > 0
            ? `${formatCount(set.count, 'picture')} to measure. They stay on this device.`
            : 'Nothing leaves this device.'}
      </p>
      {set.fault !== null && (
        <p className={styles.fault} role="alert">
          {set.fault}
        </p>
      )}
      {set.notes.length > 0 && (
        <details>
          <summary className={styles.summary}>{formatCount(set.notes.length, 'note')}</summary>
          <ul className={styles.notes}>
            {set.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
