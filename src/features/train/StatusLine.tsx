import { Popover } from '@base-ui/react/popover';
import { CircleCheck, CircleDashed, type LucideIcon, OctagonAlert, TriangleAlert } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useApp, useAppState } from '../../store/context.ts';
import { currentConfig, isBusy, type TrainingSlice } from '../../store/training.ts';
import { formatInteger } from '../ui/format.ts';
import { startNames } from './diagram/Diagram.tsx';
import { phaseNames } from './diagram/panels.ts';
import lights from './health/health.module.css';
import { type Health, healthOf, type Light } from './health/health.ts';
import styles from './train.module.css';
import { cancelDraw, scheduleDraw } from './use-feed.ts';

const icons: Readonly<Record<Light, LucideIcon>> = {
  waiting: CircleDashed,
  good: CircleCheck,
  warning: TriangleAlert,
  bad: OctagonAlert,
};
const words: Readonly<Record<Light, string>> = {
  waiting: 'not known yet',
  good: 'good',
  warning: 'take care',
  bad: 'bad',
};
const checkMilliseconds = 1000;

/** A light for each network, which says what it means when it is pressed. */
function HealthLights() {
  const { feed, store } = useApp();
  const [all, setAll] = useState<readonly Health[]>([]);
  useEffect(() => {
    let before = '';
    const check = () => {
      const { training } = store.getState();
      const next = feed.step === 0 ? [] : healthOf(feed.curves, currentConfig(training));
      const text = JSON.stringify(next);
      if (text !== before) setAll(next);
      before = text;
    };
    check();
    const stop = feed.listen((change) => {
      if (change === 'rows') scheduleDraw(checkMilliseconds, check);
    });
    return () => {
      stop();
      cancelDraw(checkMilliseconds, check);
    };
  }, [feed, store]);
  const [first] = all;
  if (!first) return null;
  if (all.every(({ light }) => light === 'waiting'))
    return (
      <p className={`${lights.health} ${lights.unknown}`} title={first.sentence}>
        Health: not known yet
      </p>
    );
  return (
    <section className={lights.health} aria-label="Health">
      {all.map(({ name, light, sentence }) => {
        const Icon = icons[light];
        return (
          <Popover.Root key={name}>
            <Popover.Trigger className={lights.light} data-light={light} title={sentence}>
              <Icon size={14} aria-hidden="true" />
              {name}
              <span className="sr-only">: {words[light]}</span>
            </Popover.Trigger>
            <Popover.Portal>
              <Popover.Positioner className={styles.positioner} sideOffset={6} align="end" collisionPadding={8}>
                <Popover.Popup className={styles.popup}>
                  <Popover.Title className={styles.title}>
                    {name}: {words[light]}
                  </Popover.Title>
                  <Popover.Description>{sentence}</Popover.Description>
                </Popover.Popup>
              </Popover.Positioner>
            </Popover.Portal>
          </Popover.Root>
        );
      })}
    </section>
  );
}

/** Where the run stands, one sentence; empty when the buttons say it all. */
function statusText({ run, asked }: Pick<TrainingSlice, 'run' | 'asked'>): string {
  if (!run) return asked ? 'Waiting for the engine to open …' : 'Looking for a run of an earlier visit …';
  const { start } = run;
  if (start) return `${startNames[start.stage]}: ${start.done} of ${start.of} …`;
  const { status, step, saved, nextPhase, message, ended, fault, teaching } = run;
  if (teaching?.method && !isBusy(status)) return `“${teaching.name}” is taught, and a method on Upscale and Compare.`;
  if (status === 'stored' && !fault) {
    return `This run is kept at iteration ${formatInteger(saved ?? 0)} and goes on from there.`;
  }
  const next = nextPhase ? `Iteration ${formatInteger(step + 1)} – next: ${phaseNames[nextPhase]}.` : '';
  const unsaved =
    status === 'paused' && nextPhase && step > (saved ?? 0) ? ' Step finishes the iteration, and keeps the run.' : '';
  return [message, ended, `${next}${unsaved}`].filter(Boolean).join(' ');
}

/** One line with room of its own, so that nothing moves when it has another text. @param children stand in its place */
export function StatusLine({ children }: { readonly children?: ReactNode }) {
  const run = useAppState(({ training }) => training.run);
  const text = useAppState(({ training }) => statusText(training));
  return (
    <div className={styles.status}>
      {run?.fault ? (
        <p className={styles.fault} role="alert">
          {run.fault}
        </p>
      ) : (
        <>
          {children || (
            <p className={styles.message} role="status" title={text}>
              {text}
            </p>
          )}
          {!children && <HealthLights />}
        </>
      )}
    </div>
  );
}
