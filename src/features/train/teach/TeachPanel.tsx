import { GraduationCap } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { readTrainingConfig, type TrainingConfig } from '../../../paper/config.ts';
import {
  asTaughtName,
  fewestTaught,
  heldOutOf,
  longestTaughtName,
  type TeachingDegradation,
  teachingSeconds,
  teachingSettings,
} from '../../../presets/teaching.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { isBusy, pageConfig } from '../../../store/training.ts';
import { useDropRoute } from '../../intake/drop-routes.ts';
import { AddImages } from '../../intake/ways-in.tsx';
import { Button } from '../../ui/buttons.tsx';
import { type Choice, ChoiceField, Field, TextField } from '../../ui/fields.tsx';
import { backendTitles, formatBytes, formatCount, roughTime } from '../../ui/format.ts';
import shapes from '../../ui/shapes.module.css';
import { readNumber } from '../PlaybackMenu.tsx';
import panel from '../panels.module.css';
import { LessonProgress, LessonResult } from './Lesson.tsx';
import { TaughtList } from './TaughtList.tsx';
import styles from './teach.module.css';

const degradations: readonly Choice<TeachingDegradation>[] = [
  { value: 'realesrgan-test', label: 'From the net: soft, noisy, JPEG' },
  { value: 'bicubic', label: 'Clean: made smaller, nothing else' },
];

/** The settings that are chosen for this device, these pictures and these weights. */
export function teachingPlan(
  ready: EngineReady,
  pictures: number,
  degradation: TeachingDegradation,
  wanted: number | null,
): { readonly config: TrainingConfig; readonly iterations: number } {
  const onGpu = ready.backend === 'webgpu' && !ready.adapter?.isSoftware;
  const hasStudent = ready.methods.includes('ours');
  const hasPartners = ready.downsamplers.includes('ours');
  const { settings, iterations } = teachingSettings({
    pictures,
    onGpu,
    degradation,
    hasStudent,
    hasPartners,
    iterations: wanted,
  });
  return { config: readTrainingConfig(settings, pageConfig), iterations };
}

function Pictures() {
  const { count, bytes, message } = useAppState(({ training }) => training.pictures);
  const { clearTrainingPictures } = useActions();
  const take = useDropRoute('train');
  const lacking = fewestTaught - count;
  return (
    <div className={styles.step}>
      <h3 className={panel.title}>1. Your pictures</h3>
      <div className={panel.buttons}>
        <AddImages
          label="Add photographs"
          folderLabel="Add a folder of photographs"
          prominent={lacking > 0}
          onAdd={take}
        />
        {count > 0 && <Button onClick={clearTrainingPictures}>Remove all</Button>}
      </div>
      <p className={panel.hint} role="status">
        {message ||
          (count === 0
            ? `Or drop them on this page: ${fewestTaught} to 50 of one kind, large and sharp. They stay on this device.`
            : lacking > 0
              ? `${formatCount(count, 'picture')}: ${lacking} more at least.`
              : `${formatCount(count, 'picture')}, ${formatBytes(bytes)}. It never learns from ${heldOutOf(count)} of them: they tell whether it got better.`)}
      </p>
    </div>
  );
}

/** A run leaves out pictures that its crops don't fit in. */
function TooSmall({ crop }: Pick<TrainingConfig, 'crop'>) {
  const sides = useAppState(({ training }) => training.pictures.sides);
  const side = 4 * crop;
  const small = sides.filter((each) => each < side).length;
  if (small === 0) return null;
  return (
    <p className={panel.error} role="status">
      {small} of {sides.length} {small === 1 ? 'is' : 'are'} too small to be learnt from: under {side} px a side. Add
      larger ones.
    </p>
  );
}

interface EstimateProps {
  readonly ready: EngineReady;
  readonly config: TrainingConfig;
  readonly iterations: number;
}

/** Time and memory, before anything starts. */
function Estimate({ ready, config, iterations }: EstimateProps) {
  const estimate = useAppState(({ training }) => training.estimate);
  const { estimateTraining } = useActions();
  useEffect(() => estimateTraining(config), [config, estimateTraining]);
  const { msPerTile, tile } = ready;
  const seconds = msPerTile === null ? null : teachingSeconds(config, iterations, msPerTile / tile ** 2);
  const isOver = estimate !== null && estimate.bytes > estimate.budget;
  return (
    <div className={styles.estimate} role="status">
      <p>
        {seconds === null ? (
          'Timing a tile …'
        ) : (
          <>
            About <b>{roughTime(seconds)}</b> on {backendTitles[ready.backend]}, by its speed at upscaling; after the
            first iterations it is measured.
          </>
        )}
        {estimate && ` Memory: about ${formatBytes(estimate.bytes)}.`}
      </p>
      {isOver && (
        <p className={panel.error}>
          That is more than the memory budget of {formatBytes(estimate.budget)}: raise it in Upscale’s settings.
        </p>
      )}
      {estimate?.fault && <p className={panel.error}>{estimate.fault}</p>}
    </div>
  );
}

const lengths = { low: 1, high: 100_000, whole: true };

/** Iterations that are typed; null: as many as suit the device. */
function readLength(text: string): { readonly wanted: number | null; readonly fault: string | null } {
  try {
    return { wanted: readNumber(text, lengths), fault: null };
  } catch (error) {
    return { wanted: null, fault: (error as Error).message };
  }
}

/** Name, kind of small pictures and length, all chosen already; one press starts. */
function Start({ ready }: { readonly ready: EngineReady }) {
  const count = useAppState(({ training }) => training.pictures.count);
  const isReading = useAppState(({ training }) => training.pictures.message !== '');
  const { teachUpscaler } = useActions();
  const [name, setName] = useState('My pictures');
  const [degradation, setDegradation] = useState<TeachingDegradation>('realesrgan-test');
  const [length, setLength] = useState<string | null>(null);
  const { wanted, fault } = readLength(length ?? '');
  const plan = useMemo(() => teachingPlan(ready, count, degradation, wanted), [ready, count, degradation, wanted]);
  const { iterations } = plan;
  const isPossible = count >= fewestTaught && !isReading && asTaughtName(name) !== '' && fault === null;
  return (
    <div className={styles.step}>
      <h3 className={panel.title}>2. Teach</h3>
      <TextField
        label="Name"
        hint="It is listed under this name as a method."
        longest={longestTaughtName}
        value={name}
        onChange={setName}
      />
      <ChoiceField
        label="The small pictures that you will upscale are"
        id="teach-degradation"
        hint="It is taught on small versions of yours that are made so."
        value={degradation}
        choices={degradations}
        onChange={setDegradation}
      />
      <Field
        label="Iterations"
        id="teach-iterations"
        hint={fault ?? 'More of them take longer, and teach more. Empty: as many as suit this device.'}
      >
        <input
          id="teach-iterations"
          type="text"
          inputMode="numeric"
          autoComplete="off"
          placeholder={String(iterations)}
          aria-invalid={fault !== null}
          value={length ?? iterations}
          aria-describedby="teach-iterations-hint"
          onChange={({ target }) => setLength(target.value)}
        />
      </Field>
      <div className={styles.foot}>
        <Button
          look="primary"
          className={styles.start}
          disabled={!isPossible}
          onClick={() => teachUpscaler(name, iterations, plan.config)}
        >
          <GraduationCap size={16} aria-hidden="true" />
          Teach “{asTaughtName(name) || '…'}”
        </Button>
        <TooSmall crop={plan.config.crop} />
        {count >= fewestTaught && <Estimate ready={ready} config={plan.config} iterations={iterations} />}
      </div>
    </div>
  );
}

/** An upscaler of the user's own: pictures in, an estimate, one press, a verdict, a method. */
export function TeachPanel() {
  const ready = useAppState(({ engine }) => engine.ready);
  const run = useAppState(({ training }) => training.run);
  const { closeRun } = useActions();
  const teaching = run?.teaching;
  return (
    <section className={shapes.panel} aria-label="Teach it my pictures">
      <p className={panel.hint}>
        The shipped upscaler knows pictures of all kinds. It gets better at yours by learning from them, here in this
        browser.
      </p>
      {teaching && run ? (
        <>
          {teaching.after ? (
            <LessonResult teaching={teaching} isGoing={isBusy(run.status)} />
          ) : (
            <LessonProgress teaching={teaching} isGoing={isBusy(run.status)} />
          )}
          {!isBusy(run.status) && (
            <Button className={styles.start} onClick={() => closeRun(false)}>
              Teach another one
            </Button>
          )}
        </>
      ) : (
        <>
          <Pictures />
          {ready ? <Start ready={ready} /> : <p role="status">Waiting for the engine to open …</p>}
        </>
      )}
      <TaughtList />
    </section>
  );
}
