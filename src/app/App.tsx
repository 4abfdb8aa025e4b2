import { Tooltip } from '@base-ui/react/tooltip';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { DiagnosisPage } from '../features/diagnosis/DiagnosisPage.tsx';
import { dropPageOf, dropTexts, useDropRoute } from '../features/intake/drop-routes.ts';
import { DropOverlay } from '../features/intake/ways-in.tsx';
import { usePalette } from '../features/ui/commands.ts';
import { formatBytes } from '../features/ui/format.ts';
import { type Page, pageTitles, usePage } from '../features/ui/router.ts';
import { save } from '../features/ui/save.ts';
import { UpscalePage } from '../features/upscale/UpscalePage.tsx';
import { useApp, useAppState } from '../store/context.ts';
import { isActive, stateOf } from '../store/queue.ts';
import { isBusy } from '../store/training.ts';
import styles from './App.module.css';
import { Header } from './Header.tsx';
import { Notices } from './Notices.tsx';

/** Keeps the screen, and with it the machine, awake while a run goes. A browser that refuses is asked again on the next visit to the tab. */
function useWakeLock(): void {
  const busy = useAppState(
    ({ training, evaluation }) => isBusy(training.run?.status ?? null) || evaluation.state?.running === true,
  );
  useEffect(() => {
    if (!busy || !navigator.wakeLock) return;
    let ended = false;
    let lock: WakeLockSentinel | null = null;
    const ask = async () => {
      // A hidden tab has none, and gets none.
      if (document.visibilityState !== 'visible') return;
      try {
        lock = await navigator.wakeLock.request('screen');
        if (ended) await lock.release();
      } catch {
        // The battery is low, or the system says no: training goes on all the same.
      }
    };
    void ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      ended = true;
      document.removeEventListener('visibilitychange', ask);
      void lock?.release();
    };
  }, [busy]);
}

/** Asks before the tab closes on a run. */
function useLeaveWarning(): void {
  const busy = useAppState(({ queue }) => queue.order.some((id) => isActive(stateOf(queue, id))));
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}

/** Saves what the engine exports, whatever page is on screen by then. */
function useExported(): void {
  const { engine, actions } = useApp();
  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === 'models-exported') save(event.name, event.file);
        if (event.type !== 'training-exported') return;
        save(event.name, event.blob);
        actions.notify('info', `Saved as ${event.name}, ${formatBytes(event.blob.size)}: it is among your downloads.`);
      }),
    [engine, actions],
  );
}

/** Its charts come when they are looked at. */
const TrainPage = lazy(async () => ({ default: (await import('../features/train/TrainPage.tsx')).TrainPage }));

const ComparePage = lazy(async () => ({ default: (await import('../features/compare/ComparePage.tsx')).ComparePage }));

const GalleryPage = lazy(async () => ({ default: (await import('../features/gallery/GalleryPage.tsx')).GalleryPage }));

const ModelsPage = lazy(async () => ({ default: (await import('../features/models/ModelsPage.tsx')).ModelsPage }));

const TourPage = lazy(async () => ({ default: (await import('../features/train/tour/TourPage.tsx')).TourPage }));

/** With the readings of the paper. */
const AboutPage = lazy(async () => ({ default: (await import('../features/about/AboutPage.tsx')).AboutPage }));

const EvaluatePage = lazy(async () => ({
  default: (await import('../features/evaluate/EvaluatePage.tsx')).EvaluatePage,
}));

const Palette = lazy(async () => ({ default: (await import('./palette/Palette.tsx')).Palette }));

const content: Readonly<Record<Page, React.ComponentType>> = {
  upscale: UpscalePage,
  train: TrainPage,
  compare: ComparePage,
  gallery: GalleryPage,
  evaluate: EvaluatePage,
  models: ModelsPage,
  diagnosis: DiagnosisPage,
  about: AboutPage,
  tour: TourPage,
};

export function App() {
  const page = usePage();
  const Content = content[page];
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  const dropPage = dropPageOf(page);
  const onDrop = useDropRoute(dropPage);
  const palette = usePalette();
  useExported();
  useLeaveWarning();
  useWakeLock();

  useEffect(() => {
    document.title = page === 'upscale' ? 'CoSR Playground' : `${pageTitles[page]} · CoSR Playground`;
    // After a change of page, keyboard and screen reader go on in the new one; not on the first load.
    if (shown.current !== page) main.current?.focus();
    shown.current = page;
  }, [page]);

  return (
    <Tooltip.Provider>
      <div className={styles.shell} data-page={page}>
        <Header page={page} onCommands={palette.open} />
        <main ref={main} className={styles.main} tabIndex={-1}>
          <Suspense>
            <Content />
          </Suspense>
        </main>
      </div>
      <DropOverlay text={dropTexts[dropPage]} onAdd={onDrop} />
      <Notices page={page} />
      {palette.wasOpened && (
        <Suspense>
          <Palette open={palette.isOpen} onOpenChange={palette.change} />
        </Suspense>
      )}
    </Tooltip.Provider>
  );
}
