/** Runs are named by what makes them differ: from the page's defaults, or from each other. */

import { useMemo } from 'react';
import { presetOf, presetSettings, type TrainingConfig } from '../../../paper/config.ts';
import { type OptionName, options } from '../../../paper/options.ts';
import type { StoredRunSummary } from '../../../protocol/train.ts';
import { shownRuns } from '../../../store/chart-view.ts';
import { useAppState } from '../../../store/context.ts';
import { pageConfig } from '../../../store/training.ts';
import { formatDate } from '../../ui/format.ts';
import { spoken } from '../equations/Formula.tsx';
import { useChartView } from '../use-feed.ts';

/** The seed comes last. */
const optionNames: readonly OptionName[] = [
  ...(Object.keys(options) as OptionName[]).filter((name) => name !== 'seed'),
  'seed',
];

/** Fractions in four digits. */
function words(value: TrainingConfig[OptionName]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  const rounded = Number(value.toPrecision(4));
  return String(Number.isInteger(rounded) ? value : rounded);
}

/** Settings that differ from the page's defaults: ["+ HR", "Learning rate 0.001"]. */
function differencesOf(config: TrainingConfig): string[] {
  const preset = presetOf(config);
  const usual = presetOf(pageConfig);
  const base: TrainingConfig = preset ? { ...pageConfig, ...presetSettings(preset) } : pageConfig;
  const changed = optionNames.filter((name) => name !== 'seed' && config[name] !== base[name]);
  const differences = changed.map((name) => `${options[name].label} ${words(config[name])}`);
  const start = preset && preset.name !== usual?.name ? [preset.name] : [];
  return [...start, ...differences];
}

/** All that differs from the page's defaults: "+ HR, Learning rate 0.001, seed 7". */
export function settingsText(config: TrainingConfig): string {
  const all = differencesOf(config);
  return `${all.length > 0 ? all.join(', ') : 'Defaults'}, seed ${config.seed}`;
}

export type Named = Pick<StoredRunSummary, 'id' | 'preset' | 'config' | 'pictures' | 'created' | 'teaching'>;

/** "λ_H 0.1", "seed 3", "cycle on". */
function setting(name: OptionName, value: TrainingConfig[OptionName]): string {
  const option = options[name];
  const label = option.kind === 'number' && option.symbol ? spoken(option.symbol) : option.label;
  return `${label.charAt(0).toLowerCase()}${label.slice(1)} ${words(value)}`;
}

/** By the settings that its iterations ran with: a later edit gives it no other name before it has an effect. */
export const asRan = (run: StoredRunSummary): Named => ({ ...run, config: run.ran });

const differs = <T>(runs: readonly T[], value: (run: T) => unknown): boolean => new Set(runs.map(value)).size > 1;

/**
 * Differing settings up to which a name gives all; beyond, it leaves out those at the page's default, and where they are still
 * more, it gives none.
 */
const mostNamed = 3;

const timedName = (created: number): string => `Run · ${formatDate(created)}`;

/** Of a run alone. */
const ownName = ({ config, created, teaching }: Named): string =>
  teaching?.name ?? (differencesOf(config).length > mostNamed ? timedName(created) : settingsText(config));

/**
 * Names that tell these runs apart, by their ids: "λ_H 0.1 · seed 3"; "Run · 14:05" where that would be long. Those whose settings are
 * the same are told apart by the time they were made, and at last by their number.
 */
export function differenceNames(runs: readonly Named[]): ReadonlyMap<string, string> {
  const [only] = runs;
  if (only && runs.length === 1) return new Map([[only.id, ownName(only)]]);
  const varied = optionNames.filter((name) => differs(runs, ({ config }) => config[name]));
  const [presets, pictures] = [differs(runs, ({ preset }) => preset), differs(runs, (run) => run.pictures === null)];
  const said = runs.map(({ preset, config, pictures: own, teaching, created }) => {
    if (teaching) return teaching.name;
    const named = varied.filter((name) => varied.length <= mostNamed || config[name] !== pageConfig[name]);
    if (named.length > mostNamed) return timedName(created);
    return [
      ...(presets ? [preset] : []),
      ...(named.length > 0 || varied.length === 0 ? named.map((name) => setting(name, config[name])) : ['defaults']),
      ...(pictures ? [own ? 'own pictures' : 'samples'] : []),
    ].join(' · ');
  });
  const isAlone = (name: string) => name !== '' && said.indexOf(name) === said.lastIndexOf(name);
  const timed = runs.map((run, i) => {
    const name = said[i] || ownName(run);
    const time = formatDate(run.created);
    return isAlone(said[i]) || name.endsWith(time) ? name : `${name} · ${time}`;
  });
  const numbered = timed.map((name, i) => {
    const before = timed.slice(0, i).filter((each) => each === name).length;
    return before > 0 ? `${name} (${before + 1})` : name;
  });
  return new Map(runs.map(({ id }, i) => [id, numbered[i]]));
}

/** A run that is not among the kept ones. */
export type RecordedRun = Omit<Named, 'id'>;

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
export function useShownRuns(recording: RecordedRun | null = null): readonly ShownRun[] {
  const ticked = useChartView((now) => now.shown);
  const runs = useAppState(({ training }) => training.runs);
  const live = useAppState(({ training }) => training.run?.run ?? null);
  const open = recording ? recorded : live;
  const config = useAppState(({ training }) => training.run?.config ?? null);
  const preset = useAppState(({ settings }) => settings.options.preset);
  return useMemo(() => {
    const shown = shownRuns(ticked, open);
    const named = shown.flatMap(({ run }): Named[] => {
      const kept = runs.find(({ id }) => id === run);
      if (kept) return [asRan(kept)];
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
