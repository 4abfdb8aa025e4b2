import { useMemo } from 'react';
import { useAppState } from '../../../store/context.ts';
import { shownRuns } from '../../../store/shown-runs.ts';
import { useLook } from '../use-feed.ts';
import { differenceNames, type Named } from './run-name.ts';

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

/** The runs on the charts, each with a name that tells it from the others; the open one first. */
export function useShownRuns(): readonly ShownRun[] {
  const ticked = useLook((now) => now.shown);
  const runs = useAppState(({ training }) => training.runs);
  const open = useAppState(({ training }) => training.run?.run ?? null);
  const config = useAppState(({ training }) => training.run?.config ?? null);
  const preset = useAppState(({ settings }) => settings.options.preset);
  return useMemo(() => {
    const shown = shownRuns(ticked, open);
    const named = shown.flatMap(({ run }): Named[] => {
      const kept = runs.find(({ id }) => id === run);
      if (kept) return [kept];
      // Not kept before its first checkpoint.
      return run === open && config ? [{ id: run, preset, config, pictures: null, created: Date.now() }] : [];
    });
    const names = differenceNames(named);
    return shown.map(({ run, colour }) => ({
      run,
      name: names.get(run) ?? '',
      colour: colourOf(colour),
      isDashed: isDashedColour(colour),
      isOpen: run === open,
    }));
  }, [ticked, runs, open, config, preset]);
}
