import { CircleAlert, CircleCheck } from 'lucide-react';
import type { MappingReport, TensorList } from '../../protocol/models.ts';
import { formatInteger } from '../ui/format.ts';
import styles from './Report.module.css';

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

/** Which network a file is, and what of it does not fit, before anything is kept. */
export function Report({ report }: { readonly report: MappingReport }) {
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
