import type { BackendRequest, ColourLock, EngineReady } from '../../../protocol/upscale.ts';
import { type MethodRequest, methodExplanation, methodTitle } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { chosenMethod } from '../../../store/engine.ts';
import { tiles } from '../../../store/settings.ts';
import { type Choice, ChoiceField } from '../../ui/fields/ChoiceField.tsx';
import { SeedField } from '../../ui/fields/SeedField.tsx';
import { BudgetField } from './BudgetField.tsx';
import { EngineStatus } from './EngineStatus.tsx';
import { PresetField } from './PresetField.tsx';
import styles from './SettingsPanel.module.css';

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

/** What the loaded weights offer; before any are, the wish alone. */
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
    <section className={styles.panel} aria-labelledby="settings-title">
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
