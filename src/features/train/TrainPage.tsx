import { useMemo, useState } from 'react';
import { AppProvider, useApp, useAppState } from '../../store/context.ts';
import { EngineBanner } from '../ui/EngineBanner.tsx';
import { Charts } from './charts/Charts.tsx';
import { ConfigForm } from './config/ConfigForm.tsx';
import { Dock } from './Dock.tsx';
import { DataPanel } from './data/DataPanel.tsx';
import { Diagram } from './diagram/Diagram.tsx';
import { HealthLights } from './health/HealthLights.tsx';
import { Phases } from './Phases.tsx';
import { ReplayBar } from './recording/ReplayBar.tsx';
import { useReplay } from './recording/use-replay.ts';
import { RunsPanel } from './runs/RunsPanel.tsx';
import styles from './TrainPage.module.css';
import { Transport } from './Transport.tsx';
import { useTrainKeys } from './use-train-keys.ts';
import { useTraining } from './use-training.ts';

/** The five networks co-train in the worker; this page shows them and steers. Before there is a run, it replays a recorded one. */
export function TrainPage() {
  useTraining();
  const app = useApp();
  const isIdle = useAppState(({ training }) => training.run === null || training.run.status === 'none');
  const [isClosed, setIsClosed] = useState(false);
  const replay = useReplay(isIdle && !isClosed);
  const shown = useMemo(() => (replay ? { ...app, feed: replay.feed, look: replay.look } : app), [app, replay]);
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
