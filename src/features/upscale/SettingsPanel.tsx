import { SlidersHorizontal } from 'lucide-react';
import { useEffect, useState } from 'react';
import { agreedPsnr } from '../../imaging/agree.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { BackendRequest, ColourLock, EngineReady } from '../../protocol/upscale.ts';
import { esrganNames, isEsrgan, methodExplanation, methodTitle, type UpscaleRequest } from '../../report/methods.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { chosenMethod, type EngineState } from '../../store/engine.ts';
import { budgets, tiles } from '../../store/settings.ts';
import { promptSeconds } from '../../store/starts.ts';
import { Button } from '../ui/buttons.tsx';
import { runOn } from '../ui/commands.ts';
import { Drawer } from '../ui/dialogs.tsx';
import fields from '../ui/fields.module.css';
import { type Choice, ChoiceField, Field, SeedField } from '../ui/fields.tsx';
import { backendTitles, formatBytes, formatSeconds, formatSize } from '../ui/format.ts';
import measured from '../viewer/detail-curve.json' with { type: 'json' };
import styles from './upscale.module.css';

/** A slider over fixed sizes: even steps to the eye, each about half as much again. */
function BudgetField() {
  const budget = useAppState(({ settings }) => settings.options.memoryBudget);
  const { setOptions } = useActions();
  const text = formatBytes(budget);
  return (
    <Field
      label="Memory budget"
      id="budget"
      value={text}
      hint="The most that one tile may take, with the buffers that the browser keeps."
    >
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

/** The time of a square photo of so many pixels a side, by the last tiles. */
const photoSide = 256;
function photoTime({ tile, msPerTile }: EngineReady): string {
  if (msPerTile === null) return 'ready.';
  const seconds = (Math.max(1, photoSide / tile) ** 2 * msPerTile) / 1000;
  return `a ${formatSize(photoSide, photoSide)} photo takes about ${formatSeconds(seconds)}.`;
}

/** The engine's present work while it opens, its plan once it is ready. */
function planText({ phase, message, download, ready }: EngineState): string {
  if (phase === 'failed') return `The engine is not running. ${message}`;
  if (phase !== 'ready' || !ready) {
    if (!download || download.cached) return message;
    return `Loading the network: ${formatBytes(download.loaded)} of ${formatBytes(download.total)}`;
  }
  const own = isEsrgan(ready.method) ? '' : ` (${ready.preset})`;
  const title = `${methodTitle(ready.method, ready.teacherSteps)}${own}`;
  return `${title} on ${backendTitles[ready.backend]}: ${photoTime(ready)}`;
}

/** One line on what will happen, always as high; the settings open from it. */
export function RunPlan() {
  const engine = useAppState((state) => state.engine);
  const [open, setOpen] = useState(false);
  const loading = engine.phase === 'opening' && engine.download && !engine.download.cached ? engine.download : null;
  return (
    <div className={styles.plan}>
      <p className={styles.planText} role="status" data-failed={engine.phase === 'failed' || undefined}>
        {planText(engine)}
      </p>
      {loading && (
        <progress
          className={styles.planProgress}
          aria-label="Loading the network"
          max={Math.max(1, loading.total)}
          value={loading.loaded}
        />
      )}
      <Button onClick={() => setOpen(true)}>
        <SlidersHorizontal size={16} aria-hidden="true" />
        Settings
      </Button>
      <Drawer title="Settings" open={open} onOpenChange={setOpen}>
        <SettingsFields />
      </Drawer>
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
      hint={memory === undefined ? '' : `Needs about ${formatBytes(memory)} of memory.`}
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
  off: 'Colours as the network gives them.',
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
function methodChoices(method: UpscaleRequest, ready: EngineReady | null): Choice<UpscaleRequest>[] {
  const offered = ready?.methods ?? (method === 'auto' || isEsrgan(method) ? [] : [method]);
  const own: Choice<UpscaleRequest>[] = offered.map((value) => ({
    value,
    label: methodTitle(value, ready?.teacherSteps),
  }));
  if (own.length === 0 && !isEsrgan(method)) return [{ value: 'auto', label: 'Loading …' }];
  const others = esrganNames.map((value) => ({ value, label: methodTitle(value), group: 'Networks of others' }));
  return [...own, ...others];
}

const cost = (kind: keyof typeof measured) => {
  const [from, to] = [measured[kind].curve.at(-1), measured[kind].agreed.ours];
  return `PSNR-Y ${from?.psnr_y.toFixed(2)} to ${to.psnr_y.toFixed(2)} dB, LPIPS ${from?.lpips_alex.toFixed(3)} to ${to.lpips_alex.toFixed(3)}`;
};
/** With its measured cost, of ours on the pictures of the dial's curve. */
const agreeHint = `Keeps the result true to its input: reduced again, it gives the input back. It is corrected until that holds to ${agreedPsnr} dB. Worse where the input has noise (${cost('realesrgan-test')}), better where it is clean (${cost('bicubic')}).`;

function AgreeField() {
  const agree = useAppState(({ settings }) => settings.options.agree ?? false);
  const { setOptions } = useActions();
  return (
    <div>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={agree}
          aria-describedby="agree-hint"
          onChange={(event) => setOptions({ agree: event.target.checked })}
        />
        Agree with the input
      </label>
      <p className={fields.hint} id="agree-hint">
        {agreeHint}
      </p>
    </div>
  );
}

/** The fields of the settings drawer. */
function SettingsFields() {
  const options = useAppState(({ settings }) => settings.options);
  const backend = useAppState(({ settings }) => settings.backend);
  const startsAtOnce = useAppState(({ settings }) => settings.startsAtOnce);
  const ready = useAppState(({ engine }) => engine.ready);
  const { setOptions, setSettings } = useActions();
  const method = chosenMethod(options.method, ready);

  return (
    <>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={startsAtOnce}
          onChange={(event) => setSettings({ startsAtOnce: event.target.checked })}
        />
        Start by itself when it takes less than {promptSeconds} s
      </label>
      <PresetField />
      <ChoiceField
        label="Method"
        id="method"
        hint={method === 'auto' ? 'Loading the list of methods …' : methodExplanation(method)}
        value={method}
        choices={methodChoices(method, ready)}
        onChange={(value) => setOptions({ method: value })}
      />
      <Button onClick={() => runOn('train', 'Teach it my pictures')}>Teach it my pictures …</Button>
      <SeedField />
      <ChoiceField
        label="Colour lock"
        id="colour-lock"
        hint={lockHints[options.colourLock]}
        value={options.colourLock}
        choices={locks}
        onChange={(colourLock) => setOptions({ colourLock })}
      />
      <AgreeField />
      <ChoiceField
        label="Tile"
        id="tile"
        hint={ready?.tileReason ?? 'Side of the square that is computed at once.'}
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
    </>
  );
}
