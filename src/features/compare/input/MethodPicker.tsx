import { FileBox, X } from 'lucide-react';
import { enlargeMethods } from '../../../imaging/enlarge.ts';
import { type CompareState, fewestMethods, mostMethods } from '../../../protocol/compare.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import {
  type CompareMethod,
  esrganNames,
  isEsrgan,
  methodExplanation,
  methods,
  teacherSamplings,
} from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { FileButton, IconButton } from '../../ui/buttons.tsx';
import { SeedField } from '../../ui/fields.tsx';
import { formatBytes } from '../../ui/format.ts';
import styles from '../compare.module.css';
import { pickerTitle } from '../use-compare.ts';

/** Methods to choose from, the simplest first. External models load when they first run. */
const offeredBy = (
  ready: Pick<EngineReady, 'methods' | 'teacherSteps'> | null,
  models: CompareState['models'],
): readonly CompareMethod[] => [
  ...enlargeMethods,
  ...teacherSamplings(ready?.teacherSteps ?? null),
  ...[...methods].reverse().filter((method) => ready?.methods.includes(method) ?? true),
  ...esrganNames,
  ...models.map(({ name }) => name),
];

const nothing: Pick<CompareState, 'methods' | 'models'> = { methods: [], models: [] };

/** Two to six methods; those of outside models stay where their files do. */
export function MethodPicker() {
  const { methods: chosen, models } = useAppState(({ compare }) => compare.state) ?? nothing;
  const ready = useAppState(({ engine }) => engine.ready);
  const { addModel, chooseMethods, forgetModel } = useActions();
  const full = chosen.length >= mostMethods;
  const all = offeredBy(ready, models);
  const toggle = (method: CompareMethod, on: boolean) =>
    chooseMethods(
      on
        ? all.filter((other) => other === method || chosen.includes(other))
        : chosen.filter((other) => other !== method),
    );
  return (
    <fieldset className={styles.fieldset}>
      <legend className={styles.legend}>Methods</legend>
      <p className={styles.hint}>
        {chosen.length} selected ({fewestMethods} to {mostMethods}). All methods share the seed.
      </p>
      <ul className={styles.methodList}>
        {all.map((method) => {
          const model = models.find(({ name }) => name === method);
          const on = chosen.includes(method);
          return (
            <li key={method} className={styles.methodRow}>
              <label className={styles.option}>
                <input
                  type="checkbox"
                  checked={on}
                  disabled={!on && full}
                  onChange={(event) => toggle(method, event.target.checked)}
                />
                <span>
                  {pickerTitle(method, models, ready?.teacherSteps ?? null)}
                  {isEsrgan(method) && <span className={styles.hint}> {methodExplanation(method)}</span>}
                  {model && <span className={styles.hint}> {formatBytes(model.bytes)}</span>}
                </span>
              </label>
              {model && <IconButton icon={X} label={`Remove ${model.file}`} onClick={() => forgetModel(model.name)} />}
            </li>
          );
        })}
      </ul>
      <FileButton
        icon={FileBox}
        label="Add an ONNX model ×4"
        accept=".onnx"
        onFiles={([file]) => file && addModel(file)}
      />
      <SeedField />
    </fieldset>
  );
}
