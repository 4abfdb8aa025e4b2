import { useEffect, useMemo, useRef, useState } from 'react';
import { AppProvider, useApp, useAppState } from '../../store/context.ts';
import { EngineBanner } from '../ui/EngineBanner.tsx';
import { Charts } from './charts/Charts.tsx';
import { ConfigForm } from './config/ConfigForm.tsx';
import { DataPanel } from './config/DataPanel.tsx';
import { Diagram } from './diagram/Diagram.tsx';
import { Pinned } from './diagram/PanelCard.tsx';
import { HealthLights } from './health/HealthLights.tsx';
import { useTrainKeys } from './keys.ts';
import { Phases } from './Phases.tsx';
import { ReplayBar, useReplay } from './ReplayBar.tsx';
import { RunsPanel } from './runs/RunsPanel.tsx';
import { Timeline } from './Timeline.tsx';
import { Transport } from './Transport.tsx';
import styles from './train.module.css';
import { useTraining } from './training-run.ts';

/** Stays at the bottom of the window: which iteration is shown, and the panels that are to be kept in view. */
function Dock({ isLive }: { readonly isLive: boolean }) {
  const dock = useRef<HTMLDivElement>(null);
  // Notices stand above it (Notices.module.css).
  useEffect(() => {
    const { style } = document.documentElement;
    const size = new ResizeObserver(([entry]) => {
      style.setProperty('--docked', `${entry?.target.clientHeight ?? 0}px`);
    });
    if (dock.current) size.observe(dock.current);
    return () => {
      size.disconnect();
      style.removeProperty('--docked');
    };
  }, []);
  return (
    <div ref={dock} className={styles.dock}>
      <Pinned />
      <Timeline isLive={isLive} />
    </div>
  );
}

/** The five networks co-train in the worker; this page shows them and steers. Before there is a run, it replays a recorded one. */
export function TrainPage() {
  useTraining();
  const app = useApp();
  const isIdle = useAppState(({ training }) => training.run === null || training.run.status === 'none');
  const [isClosed, setIsClosed] = useState(false);
  const replay = useReplay(isIdle && !isClosed);
  const shown = useMemo(
    () => (replay ? { ...app, feed: replay.feed, chartView: replay.chartView } : app),
    [app, replay],
  );
  useTrainKeys(shown);
  return (
    <>
      <EngineBanner />
      <h1 className="sr-only">Train</h1>
      <Transport />
      <div className={styles.page}>
        <AppProvider value={shown}>
          <div className={styles.main}>
            <div className={styles.state}>
              {replay ? (
                <ReplayBar replay={replay} onClose={() => setIsClosed(true)} />
              ) : (
                <>
                  <Phases />
                  <HealthLights />
                </>
              )}
            </div>
            <Diagram />
            <Charts recording={replay?.recording ?? null} />
          </div>
        </AppProvider>
        <div className={styles.side}>
          <ConfigForm />
          <DataPanel />
          <RunsPanel />
        </div>
      </div>
      <AppProvider value={shown}>
        <Dock isLive={replay === null} />
      </AppProvider>
    </>
  );
}
