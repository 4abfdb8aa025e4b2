/** Runs are named by what makes them differ: their settings beside the page's defaults, and the seed. */
import { type OptionName, options, type TrainingConfig } from '../../../engine/training-protocol.ts';
import { pageConfig } from '../../../store/training.ts';
import { presetOf, presetSettings } from '../config/presets.ts';

const words = (value: TrainingConfig[OptionName]) =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);

/** "+ HR, Learning rate 0.001, seed 7". */
export function runName(config: TrainingConfig): string {
  const preset = presetOf(config);
  const usual = presetOf(pageConfig);
  const base: TrainingConfig = preset ? { ...pageConfig, ...presetSettings(preset) } : pageConfig;
  const changed = (Object.keys(options) as OptionName[]).filter(
    (name) => name !== 'seed' && config[name] !== base[name],
  );
  const differences = changed.map((name) => `${options[name].label} ${words(config[name])}`);
  const start = preset && preset.name !== usual?.name ? [preset.name] : [];
  const all = [...start, ...differences];
  return `${all.length > 0 ? all.join(', ') : 'Defaults'}, seed ${config.seed}`;
}
