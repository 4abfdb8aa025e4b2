import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { identities } from '../../presets/official.ts';
import { presets } from '../../presets/presets.ts';
import type { MappingReport, TensorList, WeightPrecision } from '../../protocol/models.ts';
import { useActions } from '../../store/context.ts';
import type { WeightImport } from '../../store/models.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { formatBytes, formatInteger, formatSeconds } from '../ui/format.ts';
import styles from './imports.module.css';
import { roleName } from './model-text.ts';

function List({ title, list }: { readonly title: string; readonly list: TensorList }) {
  if (list.count === 0) return null;
  const more = list.count - list.first.length;
  return (
    <li>
      {formatInteger(list.count)} {title}: <span className={styles.names}>{list.first.join(', ')}</span>
      {more > 0 && `, and ${formatInteger(more)} more`}
    </li>
  );
}

const parts = { autoencoder: 'Autoencoder', unet: 'Diffusion network' } as const;

/** The network that a file holds, and the tensors that don't fit, before anything is kept. */
function Report({ report }: { readonly report: MappingReport }) {
  const { part, preset, path, alternatives, dtypes, matched, needed, complete } = report;
  const Icon = complete ? CircleCheck : CircleAlert;
  return (
    <div className={styles.report}>
      <p className={styles.verdict} data-complete={complete}>
        <Icon size={16} aria-hidden="true" />
        <span>
          {parts[part]} of the {preset} preset: {formatInteger(matched)} of {formatInteger(needed)} tensors match
          {complete ? '.' : ', so it can’t run.'}
        </span>
      </p>
      <ul className={styles.list}>
        {path !== '' && (
          <li>
            Taken from “{path}”
            {alternatives.length > 0
              ? `; the file has it also as ${alternatives.map((other) => `“${other}”`).join(', ')}`
              : ''}
          </li>
        )}
        <li>Numbers in the file: {dtypes.join(', ')}</li>
        <List title="missing" list={report.missing} />
        <List title="of another shape" list={report.wrongShape} />
        <List title="not needed, left out" list={report.unexpected} />
      </ul>
    </div>
  );
}

const unknown = 'Choose what it is …';

function Choices({ file }: { readonly file: WeightImport }) {
  const { chooseImport } = useActions();
  const { id, report, identity, precision, phase } = file;
  if (!report?.complete) return null;
  const choices = identities.filter(({ part }) => part === report.part);
  const busy = phase === 'importing';
  return (
    <div className={styles.choices}>
      <label className={styles.field}>
        Network
        <select
          value={identity ?? ''}
          disabled={busy}
          onChange={({ target }) =>
            chooseImport(id, { identity: choices.find((choice) => choice.id === target.value)?.id ?? null })
          }
        >
          {identity === null && <option value="">{unknown}</option>}
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id}>
              {roleName({ ...choice, steps: (choice.diffusion ?? presets[report.preset].diffusion).steps })}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.field}>
        Keep as
        <select
          value={precision}
          disabled={busy}
          onChange={({ target }) => chooseImport(id, { precision: target.value as WeightPrecision })}
        >
          <option value="f16">16 bits, {formatBytes(report.bytes.f16)}</option>
          <option value="f32">32 bits, {formatBytes(report.bytes.f32)}</option>
        </select>
      </label>
    </div>
  );
}

function Progress({ file }: { readonly file: WeightImport }) {
  const { done, total, etaSeconds } = file.progress ?? { done: 0, total: 1, etaSeconds: null };
  return (
    <div className={styles.progress}>
      <progress aria-label={`Importing ${file.name}`} max={total} value={done} />
      <p>
        {file.progress ? `${formatBytes(done)} of ${formatBytes(total)}` : 'Starting …'}
        {etaSeconds !== null && done < total ? `, about ${formatSeconds(etaSeconds)} left` : ''}
      </p>
    </div>
  );
}

/** The user's file: the network in it, and the import that makes it a model. */
export function ImportCard({ file }: { readonly file: WeightImport }) {
  const { startImport, stopImport, dismissImport } = useActions();
  const { id, name, bytes, phase, report, licence, source, identity, message } = file;
  return (
    <article className={styles.card} data-phase={phase}>
      <div className={styles.head}>
        <h2 className={styles.name}>{name}</h2>
        <span className={styles.bytes}>{formatBytes(bytes)}</span>
        {phase !== 'importing' && <IconButton icon={X} label={`Dismiss ${name}`} onClick={() => dismissImport(id)} />}
      </div>
      {phase === 'reading' && <p role="status">Looking into the file …</p>}
      {phase === 'refused' && (
        <p className={styles.refusal} role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          {message}
        </p>
      )}
      {report && phase !== 'refused' && (
        <>
          <Report report={report} />
          {licence && (
            <p className={styles.licence}>
              {source}. Licence: {licence}.
            </p>
          )}
          <Choices file={file} />
        </>
      )}
      {phase === 'importing' && (
        <>
          <Progress file={file} />
          <Button onClick={() => stopImport(id)}>Cancel</Button>
        </>
      )}
      {phase === 'report' && report?.complete && (
        <Button look="primary" disabled={identity === null} onClick={() => startImport(id)}>
          Import
        </Button>
      )}
    </article>
  );
}
