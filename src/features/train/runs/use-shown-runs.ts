import { useMemo } from 'react';
import { useAppState } from '../../../store/context.ts';
import { shownRuns } from '../../../store/training-view.ts';
import { useLook } from '../use-feed.ts';
import { differenceNames, type Named } from './run-name.ts';

/** A run that is not among the kept ones. */
export type Recorded = Omit<Named, 'id'>;

export interface ShownRun {
  readonly run: string;
  readonly name: string;
  /** Of CSS. */
  readonly colour: string;
  readonly isDashed: boolean;
  readonly isOpen: boolean;
}

/** Colours from the fifth on are close to those before, so their lines are dashed as well. */
export const isDashedColour = (colour: number): boolean => colour >= 4;
export const colourOf = (colour: number): string => `var(--curve-${colour})`;

/** Stands in the place of the open run's id. */
const recorded = 'recording';

/**
 * The runs on the charts, each with a name that tells it from the others; the open one first.
 * @param recording what is replayed in the open run's place; null: nothing
 */
export function useShownRuns(recording: Recorded | null = null): readonly ShownRun[] {
  const ticked = useLook((now) => now.shown);
  const runs = useAppState(({ training }) => training.runs);
  const live = useAppState(({ training }) => training.run?.run ?? null);
  const open = recording ? recorded : live;
  const config = useAppState(({ training }) => training.run?.config ?? null);
  const preset = useAppState(({ settings }) => settings.options.preset);
  return useMemo(() => {
    const shown = shownRuns(ticked, open);
    const named = shown.flatMap(({ run }): Named[] => {
      const kept = runs.find(({ id }) => id === run);
      if (kept) return [kept];
      if (run === recorded && recording) return [{ ...recording, id: run }];
      // Not kept before its first checkpoint.
      return run === open && config ? [{ id: run, preset, config, pictures: null, created: Date.now() }] : [];
    });
    const names = differenceNames(named);
    return shown.map(({ run, colour }) => ({
      run,
      name: `${run === recorded ? 'Recording: ' : ''}${names.get(run) ?? ''}`,
      colour: colourOf(colour),
      isDashed: isDashedColour(colour),
      isOpen: run === open,
    }));
  }, [ticked, runs, open, recording, config, preset]);
}
