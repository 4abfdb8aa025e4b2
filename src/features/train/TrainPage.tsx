import { EngineBanner } from '../upscale/EngineBanner.tsx';
import { Charts } from './charts/Charts.tsx';
import { ConfigForm } from './config/ConfigForm.tsx';
import { Dock } from './Dock.tsx';
import { DataPanel } from './data/DataPanel.tsx';
import { Diagram } from './diagram/Diagram.tsx';
import { HealthLights } from './health/HealthLights.tsx';
import { Phases } from './Phases.tsx';
import { RunsPanel } from './runs/RunsPanel.tsx';
import styles from './TrainPage.module.css';
import { Transport } from './Transport.tsx';
import { useTrainKeys } from './use-train-keys.ts';
import { useTraining } from './use-training.ts';

/** The five networks co-train in the worker; this page shows them and steers. */
export function TrainPage() {
  useTraining();
  useTrainKeys();
  return (
    <>
      <EngineBanner />
      <h1 className="sr-only">Train</h1>
      <Transport />
      <div className={styles.page}>
        <div className={styles.main}>
          <div className={styles.state}>
            <Phases />
            <HealthLights />
          </div>
          <Diagram />
          <Charts />
        </div>
        <div className={styles.side}>
          <ConfigForm />
          <DataPanel />
          <RunsPanel />
        </div>
      </div>
      <Dock />
    </>
  );
}
