import { ArrowLeft, ArrowRight, RotateCw } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { trainingPhases } from '../../../report/run-metrics.ts';
import { AppProvider, useApp, useAppState } from '../../../store/context.ts';
import { Tour } from '../../../store/other-runs.ts';
import { samples, sampleUrl } from '../../intake/samples.ts';
import { Button } from '../../ui/buttons.tsx';
import { useCommands } from '../../ui/commands.ts';
import { EngineBanner } from '../../ui/regions.tsx';
import { pageHref, useAddress } from '../../ui/router.ts';
import { isShortcut } from '../../viewer/controls.ts';
import { startNames } from '../diagram/Diagram.tsx';
import { phaseNames } from '../diagram/panels.ts';
import { Equation, Losses, Panel, phasesFor, tourSteps, Words } from './screens.tsx';
import styles from './tour.module.css';

/** The one sample with room for a crop of a good size. */
const picture = sampleUrl(samples.reduce((a, b) => (a.width * a.height > b.width * b.height ? a : b)));

/** A run that lives as long as its page is open. */
function useTour(): Tour | null {
  const { engine, feed } = useApp();
  const [tour, setTour] = useState<Tour | null>(null);
  useEffect(() => {
    const opened = new Tour({ engine, feed }, picture);
    setTour(opened);
    return () => {
      setTour(null);
      opened.dispose();
    };
  }, [engine, feed]);
  return tour;
}

/** The screen that the address names, from 0. */
function useStep(): readonly [step: number, setStep: (step: number) => void] {
  const [step, setStep] = useState(0);
  const shared = useRef({ step, changed: () => {} });
  shared.current.step = step;
  const address = useMemo(
    () => ({
      page: 'tour' as const,
      values: () => ({ step: String(shared.current.step + 1) }),
      read: (link: { take: (name: string, read: (text: string) => number | null) => number | null }) => {
        const asked = link.take('step', (text) => (tourSteps[Number(text) - 1] ? Number(text) - 1 : null));
        if (asked !== null) {
          shared.current.step = asked;
          setStep(asked);
        }
      },
      listen: (changed: () => void) => {
        shared.current.changed = changed;
        return () => {};
      },
    }),
    [],
  );
  useAddress(address);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address follows the step
  useEffect(() => shared.current.changed(), [step]);
  return [step, setStep];
}

function Status({ tour, needed }: { readonly tour: Tour; readonly needed: number }) {
  const { phases, start, fault } = useSyncExternalStore(tour.listen, () => tour.now);
  const engine = useAppState(({ engine }) => engine.phase);
  const next = trainingPhases[phases % trainingPhases.length] ?? 'teacherTarget';
  if (fault !== null)
    return (
      <p role="alert" className={styles.fault}>
        The run has stopped: {fault} <Button onClick={() => tour.advance(needed)}>Try again</Button>
      </p>
    );
  const count = start && start.of > 1 ? `: ${start.done} of ${start.of}` : '';
  const words =
    phases >= needed
      ? 'Computed in this tab just now.'
      : start
        ? `${startNames[start.stage]}${count} …`
        : engine === 'ready' || phases > 0
          ? `Running: ${phaseNames[next]} …`
          : 'Opening the engine …';
  return (
    <p role="status" className={styles.status} data-busy={phases < needed || undefined}>
      {words}
    </p>
  );
}

interface StepsProps {
  readonly step: number;
  readonly onStep: (to: number) => void;
}

/** At the window's foot, so that Next stays under the pointer from screen to screen. */
function Steps({ step, onStep }: StepsProps) {
  return (
    <nav className={styles.steps} aria-label="Steps of the tour">
      <Button disabled={step === 0} onClick={() => onStep(step - 1)}>
        <ArrowLeft size={16} aria-hidden="true" />
        Back
      </Button>
      <ol className={styles.dots}>
        {tourSteps.map(({ title: name }, at) => (
          <li key={name}>
            <button
              type="button"
              className={styles.dot}
              aria-label={`Step ${at + 1}: ${name}`}
              title={name}
              aria-current={at === step ? 'step' : undefined}
              onClick={() => onStep(at)}
            />
          </li>
        ))}
      </ol>
      <Button look="primary" disabled={step === tourSteps.length - 1} onClick={() => onStep(step + 1)}>
        Next
        <ArrowRight size={16} aria-hidden="true" />
      </Button>
    </nav>
  );
}

function Screen({ tour, step }: { readonly tour: Tour; readonly step: number }) {
  const [rounds, setRounds] = useState(0);
  const title = useRef<HTMLHeadingElement>(null);
  const shown = tourSteps[step] ?? tourSteps[0];
  const isLast = step === tourSteps.length - 1;
  const needed = Math.max(shown ? phasesFor(shown) : 1, isLast ? (rounds + 1) * trainingPhases.length : 0);
  const first = useRef(true);
  useEffect(() => tour.advance(needed), [tour, needed]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another screen is the reason
  useEffect(() => {
    if (!first.current) title.current?.focus();
    first.current = false;
  }, [step]);
  if (!shown) return null;
  return (
    <article className={styles.screen} aria-labelledby="tour-title">
      <p className={styles.count}>
        {step + 1} of {tourSteps.length}
      </p>
      <h1 id="tour-title" ref={title} tabIndex={-1}>
        {shown.title}
      </h1>
      <p className={styles.text}>
        <Words text={shown.text} />
      </p>
      <Status tour={tour} needed={needed} />
      <div className={styles.panels}>
        {shown.panels.map((panel) => (
          <Panel key={panel.panel} panel={panel} plain={picture} />
        ))}
      </div>
      {isLast && (
        <>
          <Losses />
          <div className={styles.buttons}>
            <Button onClick={() => setRounds(rounds + 1)}>
              <RotateCw size={16} aria-hidden="true" />
              Run another iteration
            </Button>
            <a href={pageHref('train')}>Watch it learn on Train</a>
            <a href={pageHref('upscale')}>Upscale a picture</a>
            <a href={pageHref('about')}>About, readings and licences</a>
          </div>
        </>
      )}
      <Equation key={shown.equation} symbol={shown.equation} />
    </article>
  );
}

/** One iteration of co-training, live and small, a screen a part. */
export function TourPage() {
  const app = useApp();
  const tour = useTour();
  const [step, setStep] = useStep();
  const shown = useMemo(() => (tour ? { ...app, feed: tour.feed, chartView: tour.chartView } : app), [app, tour]);
  const go = (by: number) => setStep(Math.min(tourSteps.length - 1, Math.max(0, step + by)));
  const latest = useRef(go);
  latest.current = go;
  const { store } = app;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isShortcut(event, store.getState().settings.letterKeys)) return;
      if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
      event.preventDefault();
      latest.current(event.key === 'ArrowRight' ? 1 : -1);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [store]);
  useCommands(() => tourSteps.map(({ title }, at) => ({ label: `Step ${at + 1}: ${title}`, run: () => setStep(at) })));
  return (
    <div className={styles.page}>
      <EngineBanner />
      {tour && (
        <AppProvider value={shown}>
          <Screen tour={tour} step={step} />
        </AppProvider>
      )}
      <p className={styles.note}>
        A real, small run on one crop of a sample. The teacher, G and both discriminators are the trained ones that come
        with this page; the student starts as a copy of the teacher. Nothing of it is stored, and a run of your own is
        left as it is.
      </p>
      <Steps step={step} onStep={setStep} />
    </div>
  );
}
