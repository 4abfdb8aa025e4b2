/** The Diagnosis page's state: the checks of this machine, a tile's profile, and the measurements of a report. */
import type { Diagnosis, MachineReport, MeasuringStep, TileProfile } from '../protocol/diagnosis.ts';
import type { Event } from '../protocol/index.ts';
import type { EngineClient, SliceStore } from './client.ts';

export interface DiagnosisSlice {
  readonly diagnosis: { readonly running: boolean; readonly report: Diagnosis | null };
  readonly profile: {
    readonly running: boolean;
    readonly profile: TileProfile | null;
    /** Why there is none. */
    readonly message: string | null;
  };
  readonly measuring: {
    /** Null: nothing is being measured. */
    readonly step: MeasuringStep | null;
    readonly report: MachineReport | null;
    /** Why there is none. */
    readonly message: string | null;
  };
}

export const initialDiagnosis: DiagnosisSlice = {
  diagnosis: { running: false, report: null },
  profile: { running: false, profile: null, message: null },
  measuring: { step: null, report: null, message: null },
};

export function applyToDiagnosis({ diagnosis, profile, measuring }: DiagnosisSlice, event: Event): DiagnosisSlice {
  const before = { diagnosis, profile, measuring };
  switch (event.type) {
    case 'diagnosis':
      return { ...before, diagnosis: { running: false, report: event.diagnosis } };
    case 'profile':
      return { ...before, profile: { running: false, profile: event.profile, message: event.message } };
    case 'measuring':
      return { ...before, measuring: { ...measuring, step: event.step } };
    case 'measured':
      return { ...before, measuring: { step: null, report: event.report, message: event.message } };
    case 'restored':
      // Of an engine that stopped no answer comes.
      return { ...before, measuring: { ...measuring, step: null } };
    default:
      return before;
  }
}

export interface DiagnosisActions {
  diagnose(): void;
  profile(): void;
  measure(): void;
  stopMeasuring(): void;
  loseDevice(): void;
}

export function createDiagnosisActions(store: SliceStore<DiagnosisSlice>, engine: EngineClient): DiagnosisActions {
  return {
    diagnose() {
      store.setState(({ diagnosis }) => ({ diagnosis: { ...diagnosis, running: true } }));
      engine.send({ type: 'diagnose' });
    },
    profile() {
      store.setState({ profile: { running: true, profile: null, message: null } });
      engine.send({ type: 'profile' });
    },
    measure() {
      store.setState({ measuring: { step: { name: 'waiting', done: 0, total: 1 }, report: null, message: null } });
      engine.send({ type: 'measure' });
    },
    stopMeasuring: () => engine.send({ type: 'stop-measuring' }),
    loseDevice: () => engine.send({ type: 'lose-device' }),
  };
}
