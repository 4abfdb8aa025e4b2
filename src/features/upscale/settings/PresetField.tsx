import { useEffect } from 'react';
import type { PresetName } from '../../../presets/presets.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { type Choice, ChoiceField } from '../../ui/fields/ChoiceField.tsx';
import { formatBytes } from '../../ui/format.ts';

/** Which networks upscale; there is a choice once the user has added weights. */
export function PresetField() {
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
