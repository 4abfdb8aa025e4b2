/** The run of a comparison: its methods, its start and stop, and its progress. */
import { FileBox, X } from 'lucide-react';
import {
  type CompareState,
  type CompareWork,
  fewestMethods,
  isCurrent,
  mostMethods,
  type PreparedInput,
} from '../../../protocol/compare.ts';
import { type CompareMethod, isEsrgan, isNetwork, methodExplanation, offeredMethods } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { type EnginePace, tileSeconds } from '../../../store/engine.ts';
import { Button, FileButton, IconButton } from '../../ui/buttons.tsx';
import { SeedField } from '../../ui/fields.tsx';
import { formatBytes, formatSeconds } from '../../ui/format.ts';
import { docked } from '../../ui/regions.tsx';
import styles from '../compare.module.css';
import { pickerTitle, useTitles } from '../use-compare.ts';

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

const tasks: Readonly<Record<CompareWork['task'], string>> = {
  prepare: 'Making the input',
  methods: 'Comparing',
  chain: 'The teacher’s steps',
  sweep: 'Sweeping seeds',
  critic: 'Asking the discriminators',
  model: 'Trying the model',
};

const phases: Readonly<Record<CompareWork['phase'], string>> = {
  queued: 'waits for its turn',
  opening: 'is warming up',
  running: 'runs',
  measuring: 'is measured',
};

/** @param title of the method in work. @param isReady whether the engine is */
export function workText(work: CompareWork, title: string | null, isReady: boolean): string {
  const { task, phase, done, total, etaSeconds, etaOf } = work;
  if (phase === 'queued') return isReady ? `${tasks[task]} …` : `${tasks[task]}: waits for the engine …`;
  const count = total > 1 ? `${Math.min(done + 1, total)} of ${total}: ` : '';
  const what = `${count}${title ?? tasks[task]} ${phases[phase]}`;
  if (etaSeconds === null) return `${what} …`;
  return `${what}, ${formatSeconds(etaSeconds)} left${etaOf === 'method' && task === 'methods' ? ' for it' : ''}`;
}

/** 0 … 1 of all of it; undefined: it can't be said. */
export function workShare({ done, total, share, phase }: CompareWork): number | undefined {
  if (phase === 'queued' || (total <= 1 && share === 0)) return undefined;
  return Math.min(1, (done + share) / Math.max(1, total));
}

/**
 * Seconds that methods of this project take on a picture, by the engine's own tile; null: nothing is known.
 * @param picture the LR picture, pixels
 */
export function estimatedSeconds(
  left: readonly CompareMethod[],
  { width, height }: Pick<PreparedInput, 'width' | 'height'>,
  ready: EnginePace | null,
): number | null {
  if (!ready) return null;
  const tiles = Math.ceil(width / ready.tile) * Math.ceil(height / ready.tile);
  const seconds = left.reduce((sum, method) => sum + tiles * (tileSeconds(method, ready) ?? 0), 0);
  return seconds > 0 ? seconds : null;
}

/** Progress of the work and the button that stops it, where the work was asked for. */
export function WorkProgress({ work }: { readonly work: CompareWork }) {
  const engine = useAppState(({ engine }) => engine.phase);
  const { cancelComparison } = useActions();
  const titleOf = useTitles();
  return (
    <>
      <p className={styles.text} role="status">
        {workText(work, work.method && titleOf(work.method), engine === 'ready')}
      </p>
      <progress value={workShare(work)} aria-label="Progress of the comparison" />
      <Button onClick={cancelComparison}>Cancel</Button>
    </>
  );
}

/** Work that its own section shows. */
const isElsewhere = ({ task }: CompareWork) => task === 'chain' || task === 'sweep' || task === 'critic';

/** Starts and stops, says what goes on, and why something did not. */
export function RunBar() {
  const state = useAppState(({ compare }) => compare.state);
  const work = useAppState(({ compare }) => compare.work);
  const options = useAppState(({ settings }) => settings.options);
  const ready = useAppState(({ engine }) => engine.ready);
  const { runComparison, chooseMethods } = useActions();
  const titleOf = useTitles();
  if (!state) return null;
  const { results, prepared, fault } = state;
  const offered = offeredMethods(ready, state.models);
  const methods = state.methods.filter((method) => ready === null || offered.includes(method));
  const left = methods.filter(
    (method) => !results.some((result) => result.method === method && isCurrent(result, options)),
  );
  const run = () => {
    // Chosen for other weights: it would only fail.
    if (methods.length < state.methods.length) chooseMethods(methods);
    runComparison(done);
  };
  const seconds = prepared && estimatedSeconds(left, prepared, ready);
  const enough = methods.length >= fewestMethods;
  const done = left.length === 0;
  return (
    <div ref={docked} className={styles.bar}>
      {work && !isElsewhere(work) ? (
        <WorkProgress work={work} />
      ) : (
        <Button look="primary" disabled={state.selected === null || !enough || work !== null} onClick={run}>
          {done && enough && prepared ? 'Run again' : 'Compare'}
        </Button>
      )}
      {!work && enough && seconds !== null && (
        <p className={styles.text}>Takes about {formatSeconds(seconds)}, and loading.</p>
      )}
      {!work && !enough && <p className={styles.text}>Choose at least {fewestMethods} methods.</p>}
      {!work && fault && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      {results
        .filter(({ fault: reason }) => reason !== null)
        .map(({ method, fault: reason }) => (
          <p key={method} className={styles.fault}>
            {titleOf(method)}: {reason}
          </p>
        ))}
    </div>
  );
}
