import { type ReactNode, useMemo, useState } from 'react';
import { AppProvider, useActions, useApp, useAppState } from '../../store/context.ts';
import { docked, EngineBanner } from '../ui/regions.tsx';
import { Charts } from './charts/Charts.tsx';
import { mainCharts, moreCharts } from './charts/groups.ts';
import { ConfigForm } from './config/ConfigForm.tsx';
import { DataPanel } from './config/DataPanel.tsx';
import { Drawer, type DrawerName } from './Drawer.tsx';
import { Diagram } from './diagram/Diagram.tsx';
import { FixedCrop } from './diagram/FixedCrop.tsx';
import { Pinned } from './diagram/PanelCard.tsx';
import { Forces } from './forces/Forces.tsx';
import { useTrainCommands, useTrainKeys } from './keys.ts';
import { LoadingNote, ReplayControls, ReplayNote, useReplay } from './ReplayBar.tsx';
import { LogbookDialog } from './runs/LogbookDialog.tsx';
import { RunsPanel } from './runs/RunsPanel.tsx';
import { StatusLine } from './StatusLine.tsx';
import { Phases, Timeline, Transport } from './Transport.tsx';
import { TeachPanel } from './teach/TeachPanel.tsx';
import styles from './train.module.css';
import { useTraining } from './training-run.ts';

/** Stays at the bottom of the window: which iteration is shown, and the panels that are to be kept in view. */
function Dock({ children }: { readonly children: ReactNode }) {
  return (
    <div ref={docked} className={styles.dock}>
      <Pinned />
      {children}
    </div>
  );
}

/**
 * The five networks co-train in the worker; this page shows them and steers. Before there is a run, it replays a recorded one.
 * The figure, the crop that stays the same and the main curves are the first screen; the other curves lie below, settings and
 * runs in a drawer.
 */
export function TrainPage() {
  useTraining();
  const app = useApp();
  const isIdle = useAppState(({ training }) => training.run === null || training.run.status === 'none');
  const [isClosed, setIsClosed] = useState(false);
  const [drawer, setDrawer] = useState<DrawerName | null>(null);
  const { replay, isLoading } = useReplay(isIdle && !isClosed);
  const shown = useMemo(
    () => (replay ? { ...app, feed: replay.feed, chartView: replay.chartView } : app),
    [app, replay],
  );
  useTrainKeys(shown, replay);
  const [isSaving, setIsSaving] = useState(false);
  const { closeRun } = useActions();
  const showRecorded = () => {
    setIsClosed(false);
    if (!isIdle) closeRun(false);
  };
  useTrainCommands(setDrawer, () => setIsSaving(true), showRecorded);
  const recording = replay?.recording ?? null;
  return (
    <div className={styles.page}>
      <EngineBanner />
      <h1 className="sr-only">Train</h1>
      <Transport isRecorded={replay !== null} drawer={drawer} onDrawer={setDrawer} />
      <AppProvider value={shown}>
        <StatusLine>
          {replay ? <ReplayNote replay={replay} onClose={() => setIsClosed(true)} /> : isLoading && <LoadingNote />}
        </StatusLine>
      </AppProvider>
      <div className={styles.body} data-loading={isLoading || undefined}>
        <AppProvider value={shown}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard too */}
          <section className={styles.work} tabIndex={0} aria-label="Figure and curves">
            <div className={styles.stage}>
              <div className={styles.figure}>
                <Phases isRecorded={replay !== null} />
                <Diagram />
                <FixedCrop />
              </div>
              <Charts title="Main curves" places={mainCharts} recording={recording} isCompact />
              <Charts title="Curves" places={moreCharts} recording={recording} />
              <Forces recording={recording} />
            </div>
          </section>
        </AppProvider>
        <Drawer name="settings" title="Settings" open={drawer} onClose={setDrawer}>
          <ConfigForm />
          <DataPanel />
        </Drawer>
        <Drawer name="teach" title="Teach it my pictures" open={drawer} onClose={setDrawer}>
          <TeachPanel />
        </Drawer>
        <Drawer name="runs" title="Runs and notes" open={drawer} onClose={setDrawer}>
          <RunsPanel onLogbook={() => setIsSaving(true)} onRecorded={isIdle && !isClosed ? null : showRecorded} />
        </Drawer>
      </div>
      <LogbookDialog open={isSaving} onClose={() => setIsSaving(false)} />
      <AppProvider value={shown}>
        <Dock>
          <Timeline isLive={replay === null}>{replay && <ReplayControls replay={replay} />}</Timeline>
        </Dock>
      </AppProvider>
    </div>
  );
}
