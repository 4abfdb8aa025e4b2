import { Dialog } from '@base-ui/react/dialog';
import { useMemo, useState } from 'react';
import type { LogbookChart } from '../../../report/logbook-page.ts';
import { type MetricsColumn, metricsColumns } from '../../../report/run-metrics.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import { Button } from '../../ui/buttons.tsx';
import dialog from '../../ui/dialogs.module.css';
import { TextField } from '../../ui/fields.tsx';
import { formatBytes } from '../../ui/format.ts';
import { type ChartGroup, chartGroups } from '../charts/groups.ts';
import panel from '../panels.module.css';
import styles from './notes.module.css';
import { asRan, differenceNames } from './shown-runs.ts';

const isColumn = (curve: string): curve is MetricsColumn => (metricsColumns as readonly string[]).includes(curve);

/** Without the pace, which is no number of an iteration. */
function chartOf({ title, description, scale, series }: ChartGroup): LogbookChart[] {
  const kept = series.flatMap(({ curve, name, isReference = false }) =>
    isColumn(curve) ? [{ column: curve, name, isReference }] : [],
  );
  return kept.length > 0 ? [{ title, description, isLogarithmic: scale === 'logarithmic', series: kept }] : [];
}

const allCharts = chartGroups.flatMap(chartOf);
const usualCharts: readonly string[] = ['Student', 'Shares of the gradient', 'Held-out PSNR, dB', 'Held-out LPIPS'];

interface Choice {
  readonly id: string;
  readonly name: string;
}

interface ChoicesProps {
  readonly title: string;
  readonly all: readonly Choice[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

function Choices({ title, all, chosen, onChange }: ChoicesProps) {
  const set = (id: string, isChosen: boolean) =>
    onChange(new Set(isChosen ? [...chosen, id] : [...chosen].filter((other) => other !== id)));
  return (
    <fieldset className={panel.choices}>
      <legend className={panel.title}>{title}</legend>
      {all.map(({ id, name }) => (
        <label key={id} className={panel.choice}>
          <input type="checkbox" checked={chosen.has(id)} onChange={({ target }) => set(id, target.checked)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

function LogbookForm({ onClose }: { readonly onClose: () => void }) {
  const { chartView } = useApp();
  const runs = useAppState(({ training }) => training.runs);
  const open = useAppState(({ training }) => training.run?.run ?? null);
  const { saveLogbook, notify } = useActions();
  const [goesOn, setGoesOn] = useState(true);
  const names = useMemo(() => differenceNames(runs.map(asRan)), [runs]);
  const [title, setTitle] = useState('Logbook');
  const [charts, setCharts] = useState<ReadonlySet<string>>(() => new Set(usualCharts));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => {
    const shown = [open, ...chartView.now.shown.map(({ run }) => run)];
    const kept = runs.filter(({ id }) => shown.includes(id));
    return new Set((kept.length > 0 ? kept : runs.slice(0, 1)).map(({ id }) => id));
  });
  const chosen = runs.filter(({ id }) => ticked.has(id));
  // Base64 takes four bytes for three.
  const bytes = chosen.reduce((sum, { checkpoints }) => sum + (checkpoints.at(-1)?.bytes ?? 0), 0) * (4 / 3);
  const save = () => {
    void saveLogbook({
      title: title.trim() || 'Logbook',
      runs: chosen.map(({ id }) => ({ run: id, name: names.get(id) ?? '' })),
      charts: allCharts.filter((chart) => charts.has(chart.title)),
      goesOn,
    });
    // The engine may be busy with an iteration, and a large file takes seconds.
    notify('info', 'The logbook is written now, and comes as a download.');
    onClose();
  };
  return (
    <>
      <TextField label="Title" hint="The heading of the page." longest={120} value={title} onChange={setTitle} />
      <Choices
        title="Runs"
        all={runs.map(({ id }) => ({ id, name: names.get(id) ?? '' }))}
        chosen={ticked}
        onChange={setTicked}
      />
      <Choices
        title="Charts"
        all={allCharts.map((chart) => ({ id: chart.title, name: chart.title }))}
        chosen={charts}
        onChange={setCharts}
      />
      <p className={panel.hint}>Charts without values are left out.</p>
      <div className={styles.foot}>
        <label className={panel.choice}>
          <input type="checkbox" checked={goesOn} onChange={({ target }) => setGoesOn(target.checked)} />
          With the newest checkpoint of each run ({formatBytes(bytes)}): goes on where it is dropped
        </label>
        <p className={panel.hint} role="status">
          {chosen.length === 0
            ? 'Choose a run.'
            : goesOn
              ? `About ${formatBytes(bytes)}.`
              : 'A small file, to be read alone.'}
        </p>
        <Dialog.Close render={<Button />}>Cancel</Dialog.Close>
        <Button look="primary" disabled={chosen.length === 0} onClick={save}>
          Save
        </Button>
      </div>
    </>
  );
}

interface LogbookDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Chooses runs and charts of a logbook: one page to read, which gives the runs back where it is dropped. */
export function LogbookDialog({ open, onClose }: LogbookDialogProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${styles.dialog}`}>
          <Dialog.Title className={dialog.title}>Save a logbook</Dialog.Title>
          <Dialog.Description className={panel.hint}>
            Notes, pinned pictures, curves and settings as one page that any browser opens, offline too. Dropped on this
            page, it continues its runs if it holds their checkpoints.
          </Dialog.Description>
          <LogbookForm onClose={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
