import { useEffect } from 'react';
import type { PresetName } from '../../presets/presets.ts';
import type { BackendRequest, ColourLock, EngineReady } from '../../protocol/upscale.ts';
import { type MethodRequest, methodExplanation, methodTitle } from '../../report/methods.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { chosenMethod } from '../../store/engine.ts';
import { budgets, tiles } from '../../store/settings.ts';
import { type Choice, ChoiceField, Field, SeedField } from '../ui/fields.tsx';
import { formatBytes, formatInteger, formatMilliseconds } from '../ui/format.ts';
import styles from './upscale.module.css';

/** A slider over fixed sizes: even steps to the eye, each about half as much again. */
function BudgetField() {
  const budget = useAppState(({ settings }) => settings.options.memoryBudget);
  const { setOptions } = useActions();
  const text = formatBytes(budget);
  return (
    <Field label="Memory budget" id="budget" value={text} hint="The most that one tile’s tensors may take.">
      <input
        id="budget"
        type="range"
        min={0}
        max={budgets.length - 1}
        step={1}
        value={budgets.indexOf(budget)}
        aria-valuetext={text}
        aria-describedby="budget-hint"
        onChange={(event) => {
          const memoryBudget = budgets[event.target.valueAsNumber];
          if (memoryBudget !== undefined) setOptions({ memoryBudget });
        }}
      />
    </Field>
  );
}

function Opening() {
  const message = useAppState(({ engine }) => engine.message);
  const download = useAppState(({ engine }) => engine.download);
  return (
    <div className={styles.status} role="status">
      <p>{message}</p>
      {download && (
        <>
          <progress aria-label="Loading the networks" max={Math.max(1, download.total)} value={download.loaded} />
          <p className={styles.detail}>
            {download.cached
              ? 'From this device’s own store'
              : `${formatBytes(download.loaded)} of ${formatBytes(download.total)}`}
          </p>
        </>
      )}
    </div>
  );
}

/** The engine's device, preset and time per tile, or its progress in opening. */
function EngineStatus() {
  const phase = useAppState(({ engine }) => engine.phase);
  const message = useAppState(({ engine }) => engine.message);
  const ready = useAppState(({ engine }) => engine.ready);
  if (phase === 'failed') return <p className={styles.status}>{message}</p>;
  if (phase !== 'ready' || !ready) return <Opening />;
  const { adapter, parameters, msPerTile, preset } = ready;
  const device = adapter && [adapter.vendor, adapter.architecture || adapter.device].filter(Boolean).join(' ');
  return (
    <div className={styles.status}>
      <p>
        Preset <strong>{preset}</strong>, {formatInteger(parameters)} parameters
      </p>
      <p className={styles.detail}>
        {device ? `${device}, ` : ''}
        {formatMilliseconds(msPerTile)} a tile
      </p>
    </div>
  );
}

/** The preset of the networks; a choice exists once the user has added weights. */
function PresetField() {
  const presets = useAppState(({ models }) => models.state?.presets);
  const chosen = useAppState(({ settings }) => settings.options.preset);
  const backend = useAppState(({ engine }) => engine.ready?.backend);
  const { choosePreset, listModels } = useActions();
  useEffect(() => listModels(), [listModels]);

  const running = presets?.filter(({ runs, preset }) => runs || preset === chosen) ?? [];
  if (running.length < 2) return null;
  const memory = running.find(({ preset }) => preset === chosen)?.memory[backend === 'wasm' ? 'wasm' : 'webgpu'];
  return (
    <ChoiceField<PresetName>
      label="Networks"
      id="preset"
      hint={memory === undefined ? '' : `They need about ${formatBytes(memory)} for their smallest tile.`}
      value={chosen}
      choices={running.map(({ preset }): Choice<PresetName> => ({ value: preset, label: preset }))}
      onChange={choosePreset}
    />
  );
}

const locks: readonly Choice<ColourLock>[] = [
  { value: 'off', label: 'Off' },
  { value: 'wavelet', label: 'Wavelet' },
  { value: 'ycbcr', label: 'YCbCr' },
];
const lockHints: Readonly<Record<ColourLock, string>> = {
  off: 'The network’s colours as they are.',
  wavelet: 'Coarse colour and brightness come from the input, detail from the network.',
  ycbcr: 'Colour comes from the input, brightness from the network.',
};
const tileChoices: readonly Choice<number | 'auto'>[] = [
  { value: 'auto', label: 'Auto' },
  ...tiles.map((side) => ({ value: side, label: `${side} px` })),
];
const backends: readonly Choice<BackendRequest>[] = [
  { value: 'auto', label: 'Auto' },
  { value: 'webgpu', label: 'WebGPU' },
  { value: 'wasm', label: 'WebAssembly' },
];

/** The methods that the loaded weights offer; the request alone before they are loaded. */
function methodChoices(method: MethodRequest, ready: EngineReady | null): Choice<MethodRequest>[] {
  const offered = ready?.methods ?? (method === 'auto' ? [] : [method]);
  if (offered.length === 0) return [{ value: 'auto', label: 'The best there is' }];
  return offered.map((value) => ({ value, label: methodTitle(value, ready?.teacherSteps) }));
}

export function SettingsPanel() {
  const options = useAppState(({ settings }) => settings.options);
  const backend = useAppState(({ settings }) => settings.backend);
  const ready = useAppState(({ engine }) => engine.ready);
  const { setOptions, setSettings } = useActions();
  const method = chosenMethod(options.method, ready);

  return (
    <section className={styles.settingsPanel} aria-labelledby="settings-title">
      <h2 id="settings-title">Settings</h2>
      <EngineStatus />
      <PresetField />
      <ChoiceField
        label="Method"
        id="method"
        hint={method === 'auto' ? 'The weights say which methods there are.' : methodExplanation(method)}
        value={method}
        choices={methodChoices(method, ready)}
        onChange={(value) => setOptions({ method: value })}
      />
      <SeedField />
      <ChoiceField
        label="Colour lock"
        id="colour-lock"
        hint={lockHints[options.colourLock]}
        value={options.colourLock}
        choices={locks}
        onChange={(colourLock) => setOptions({ colourLock })}
      />
      <ChoiceField
        label="Tile"
        id="tile"
        hint={ready?.tileReason ?? 'Side of what runs at once: larger is faster and takes more memory.'}
        value={options.tile}
        choices={tileChoices}
        onChange={(tile) => setOptions({ tile })}
      />
      <BudgetField />
      <ChoiceField
        label="Backend"
        id="backend"
        hint={ready?.backendReason ?? 'Auto takes WebGPU where there is one, WebAssembly elsewhere.'}
        value={backend}
        choices={backends}
        onChange={(value) => setSettings({ backend: value })}
      />
    </section>
  );
}
