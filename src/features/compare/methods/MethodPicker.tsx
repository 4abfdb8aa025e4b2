import { FileBox, X } from 'lucide-react';
import { type CompareState, fewestMethods, mostMethods } from '../../../protocol/compare.ts';
import { type CompareMethod, isEsrgan } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { FileButton } from '../../ui/FileButton.tsx';
import { SeedField } from '../../ui/fields/SeedField.tsx';
import { formatBytes } from '../../ui/format.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { methodTitle, offeredMethods } from '../names.ts';
import styles from './MethodPicker.module.css';

/** They are loaded when they first run. */
const esrganHints: Readonly<Record<string, string>> = {
  'esrgan-slim': 'UpscalerJS, the smallest',
  'esrgan-medium': 'UpscalerJS',
  'esrgan-thick': 'UpscalerJS, large: slow without a GPU',
};

const nothing: Pick<CompareState, 'methods' | 'models'> = { methods: [], models: [] };

/** Two to six methods; those of outside models stay where their files do. */
export function MethodPicker() {
  const { methods: chosen, models } = useAppState(({ compare }) => compare.state) ?? nothing;
  const ready = useAppState(({ engine }) => engine.ready);
  const { addModel, chooseMethods, forgetModel } = useActions();
  const full = chosen.length >= mostMethods;
  const all = offeredMethods(ready, models);
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
        {chosen.length} of {fewestMethods} to {mostMethods} chosen; the same seed and noise for all that draw any.
      </p>
      <ul className={styles.list}>
        {all.map((method) => {
          const model = models.find(({ name }) => name === method);
          const on = chosen.includes(method);
          return (
            <li key={method} className={styles.row}>
              <label className={styles.option}>
                <input
                  type="checkbox"
                  checked={on}
                  disabled={!on && full}
                  onChange={(event) => toggle(method, event.target.checked)}
                />
                <span>
                  {methodTitle(method, models, ready)}
                  {isEsrgan(method) && <span className={styles.hint}> {esrganHints[method]}</span>}
                  {model && <span className={styles.hint}> {formatBytes(model.bytes)}</span>}
                </span>
              </label>
              {model && <IconButton icon={X} label={`Forget ${model.file}`} onClick={() => forgetModel(model.name)} />}
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
