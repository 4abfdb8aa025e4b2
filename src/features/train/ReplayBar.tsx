import { Popover } from '@base-ui/react/popover';
import { Pause, Play } from 'lucide-react';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { aheadFrom, metricsColumns } from '../../report/run-metrics.ts';
import type { RunEnvironmentFacts } from '../../report/run-record.ts';
import { useApp } from '../../store/context.ts';
import { Replay, type ReplaySpeed, replaySpeeds } from '../../store/other-runs.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { formatCount } from '../ui/format.ts';
import note from './ReplayBar.module.css';
import { settingsText } from './runs/shown-runs.ts';
import styles from './train.module.css';

const backends: Readonly<Record<string, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'the CPU' };

interface Recorded {
  readonly environment: RunEnvironmentFacts;
  /** Milliseconds since 1970. */
  readonly created: number;
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** "WebGPU (NVIDIA H100) with Node.js 20.19.0 on 24 Nov 2026". */
export function recordedOn({ environment: { backend, adapter, host }, created }: Recorded): string {
  const name = backends[backend] ?? backend;
  return `${adapter ? `${name} (${adapter})` : name}${host ? ` with ${host}` : ''} on ${day.format(created)}`;
}

/** Beside the page; made by `npm run train` and `npm run bundle` (docs/training.md). */
const address = 'recordings/demo.zip';

async function load(signal: AbortSignal): Promise<Blob> {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.blob();
}

interface Replayed {
  /** Null while it is not wanted, not here or not to be had. */
  readonly replay: Replay | null;
  readonly isLoading: boolean;
}

/** The recorded run, playing already unless motion is unwanted. */
export function useReplay(isWanted: boolean): Replayed {
  const { feed, chartView } = useApp();
  const [replay, setReplay] = useState<Replay | null>(null);
  const [isLoading, setIsLoading] = useState(isWanted);
  useEffect(() => {
    if (!isWanted) return;
    const abort = new AbortController();
    let opened: Replay | null = null;
    setIsLoading(true);
    const open = async () => Replay.open(await load(abort.signal), { feed, chartView });
    open().then(
      (found) => {
        if (abort.signal.aborted) {
          found.dispose();
          return;
        }
        opened = found;
        setReplay(found);
        setIsLoading(false);
        if (!matchMedia('(prefers-reduced-motion: reduce)').matches) found.play();
      },
      // Without it the page is as it is without a run.
      () => !abort.signal.aborted && setIsLoading(false),
    );
    return () => {
      abort.abort();
      opened?.dispose();
      setReplay(null);
      setIsLoading(false);
    };
  }, [isWanted, feed, chartView]);
  return { replay, isLoading };
}

/** The iteration after which the student's average stays above bicubic on the held-out pictures; null where it does not. */
function passesAt({ rows }: Replay['recording']): number | null {
  const [student, bicubic] = (['psnrY', 'bicubicPsnrY'] as const).map((name) =>
    metricsColumns.indexOf(`heldOut.${name}`),
  );
  const points = [...rows.each()].map((row) => ({
    step: (row[0] ?? 0) + 1,
    student: row[student ?? -1] ?? Number.NaN,
    bicubic: row[bicubic ?? -1] ?? Number.NaN,
  }));
  return aheadFrom(points.filter((point) => !Number.isNaN(point.student)));
}

interface ReplayNoteProps {
  readonly replay: Replay;
  readonly onClose: () => void;
}

/** Says in one line that this is a recording; of what, and where it was made, on request. */
export function ReplayNote({ replay: { recording, feed }, onClose }: ReplayNoteProps) {
  const passed = useMemo(() => passesAt(recording), [recording]);
  const start = recording.config.studentStart === 'random' ? ' that starts random' : '';
  return (
    <section className={note.replayNote} aria-label="Recording">
      <p className={note.replayText}>
        <strong className={note.badge}>Recorded demo</strong> ({formatCount(feed.step, 'iteration')}
        {passed !== null && `; a student${start} passes bicubic at iteration ${passed.toLocaleString('en')}`}). Press
        Train to run it live.
      </p>
      <Popover.Root>
        <Popover.Trigger render={<Button look="quiet" className={note.small} />}>About it</Popover.Trigger>
        <Popover.Portal>
          <Popover.Positioner className={styles.positioner} sideOffset={6} align="start" collisionPadding={8}>
            <Popover.Popup className={styles.popup}>
              <Popover.Title className={styles.title}>Recorded demo</Popover.Title>
              <p>
                {formatCount(feed.step, 'iteration')} of the {recording.preset} networks, computed with{' '}
                {recordedOn(recording)}. Nothing is computed in this tab while it plays.
              </p>
              <p>Settings: {settingsText(recording.config)}.</p>
              <Popover.Close render={<Button />} onClick={onClose}>
                Close the demo
              </Popover.Close>
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </section>
  );
}

export const LoadingNote = () => (
  <p className={styles.message} role="status">
    Loading the recorded demo … Train starts a run of your own.
  </p>
);

/** Plays the recording, at a speed of one's own. */
export function ReplayControls({ replay }: { readonly replay: Replay }) {
  const { isPlaying, speed } = useSyncExternalStore(replay.listen, () => replay.now);
  return (
    <>
      {isPlaying ? (
        <IconButton icon={Pause} label="Pause the demo" keys="Space" onClick={() => replay.pause()} />
      ) : (
        <IconButton icon={Play} label="Play the demo" keys="Space" onClick={() => replay.play()} />
      )}
      <select
        aria-label="Speed of the demo"
        value={speed}
        onChange={(event) => {
          replay.speed = Number(event.target.value) as ReplaySpeed;
        }}
      >
        {replaySpeeds.map((each) => (
          <option key={each} value={each}>
            {each < 1 ? 'Slow motion' : `${each} iterations/s`}
          </option>
        ))}
      </select>
    </>
  );
}
