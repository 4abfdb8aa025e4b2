import { FileBox, X } from 'lucide-react';
import { type CompareState, fewestMethods, mostMethods } from '../../../protocol/compare.ts';
import { type CompareMethod, isEsrgan, isNetwork, methodExplanation, offeredMethods } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { FileButton, IconButton } from '../../ui/buttons.tsx';
import { SeedField } from '../../ui/fields.tsx';
import { formatBytes } from '../../ui/format.ts';
import styles from '../compare.module.css';
import { pickerTitle } from '../use-compare.ts';

const nothing: Pick<CompareState, 'methods' | 'models'> = { methods: [], models: [] };

/** Two to six methods; those of outside models stay where their files do. */
export function MethodPicker() {
  const { methods: wanted, models } = useAppState(({ compare }) => compare.state) ?? nothing;
  const ready = useAppState(({ engine }) => engine.ready);
  const { addModel, chooseMethods, forgetModel } = useActions();
  const all = offeredMethods(ready, models);
  // One that these weights lack waits for those that have it.
  const chosen = wanted.filter((method) => ready === null || all.includes(method));
  const full = chosen.length >= mostMethods;
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
                  // Until the engine has told what the weights have, a network may be one that they lack.
                  disabled={!on && (full || (ready === null && isNetwork(method)))}
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
