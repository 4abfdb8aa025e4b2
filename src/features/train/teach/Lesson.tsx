import { useEffect, useMemo, useState } from 'react';
import { type TaughtScores, taughtId } from '../../../presets/teaching.ts';
import type { Teaching } from '../../../protocol/train.ts';
import { intervalText } from '../../../report/bootstrap.ts';
import { type Difference, meanScores, taughtVerdict, verdictText } from '../../../report/teaching.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import { Button } from '../../ui/buttons.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialogs.tsx';
import { formatInteger, roughTime } from '../../ui/format.ts';
import { goTo } from '../../ui/router.ts';
import { pathOf } from '../forces/plots.ts';
import panel from '../panels.module.css';
import { useFeed, writeText } from '../use-feed.ts';
import { useTaught } from './TaughtList.tsx';
import styles from './teach.module.css';

interface LessonProps {
  readonly teaching: Teaching;
  readonly isGoing: boolean;
}

/** The newest measurement on the held-out crops, beside the one before. @param step iterations that were done then */
function soFarText(before: TaughtScores, { curves }: Pick<TrainingFeed, 'curves'>, step: number): string {
  const at = (name: 'psnrY' | 'lpips') => curves.get(`heldOut.${name}`).at(curves.indexOf(step));
  const lpips = before.lpips === null ? '' : `, LPIPS ${at('lpips').toFixed(4)} (${before.lpips.toFixed(4)})`;
  return `Held-out crops after ${step}, before in brackets: ${at('psnrY').toFixed(2)} dB (${before.psnrY.toFixed(2)})${lpips}.`;
}

/** The iteration, with the time left by the pace of the last ones. It is mounted anew when the run stops or goes on. */
function Standing({ teaching: { iterations }, isGoing }: LessonProps) {
  const text = useFeed<HTMLParagraphElement>('rows', (element, { step, pace }) => {
    const left = pace ? `, about ${roughTime((iterations - step) / pace)} left` : '';
    const done = isGoing
      ? 'Measuring it on the held-out crops …'
      : 'All iterations are done. It is not measured on the held-out crops yet: go on.';
    const now = `Iteration ${formatInteger(step)} of ${formatInteger(iterations)}${left}.`;
    writeText(element, step >= iterations ? done : now);
  });
  return <p className={panel.hint} ref={text} />;
}

/** The progress, and the scores so far. */
export function LessonProgress({ teaching, isGoing }: LessonProps) {
  const { name, iterations, before } = teaching;
  const start = useAppState(({ training }) => training.run?.start ?? null);
  const { pauseTraining, playTraining, resetTraining } = useActions();
  const [question, setQuestion] = useState<Question | null>(null);
  const discard = () =>
    setQuestion({
      title: `Discard “${name}”?`,
      text: 'What it has learnt so far goes, with its checkpoints; there is no way back to it. Your pictures stay.',
      no: 'Keep it',
      yes: 'Discard it',
      onYes: () => resetTraining(false),
    });
  const bar = useFeed<HTMLProgressElement>('rows', (element, { step }) => {
    element.value = Math.min(step, iterations);
  });
  const first = before && meanScores(before);
  const soFar = useFeed<HTMLParagraphElement>('rows', (element, feed) => {
    const newest = pathOf(feed.curves, null).at(-1);
    writeText(element, first && newest ? soFarText(first, feed, newest.step) : '');
  });
  return (
    <div className={styles.step}>
      <h3 className={panel.title}>Teaching “{name}”</h3>
      <progress ref={bar} className={styles.bar} aria-label={`Teaching ${name}`} max={iterations} value={0} />
      <Standing key={String(isGoing)} teaching={teaching} isGoing={isGoing} />
      <p className={panel.hint} ref={soFar} />
      <p className={panel.hint}>
        {start ? 'The networks are loaded, and the held-out crops measured as they are before. ' : ''}
        It stops by itself. The page may be used meanwhile, and closed: it goes on from its last checkpoint.
      </p>
      <div className={panel.buttons}>
        {isGoing ? <Button onClick={pauseTraining}>Pause</Button> : <Button onClick={playTraining}>Go on</Button>}
        <Button onClick={discard}>Discard</Button>
      </div>
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}

const judged = { yes: 'better', no: 'worse', 'not shown': 'not shown' } as const;

interface RowProps {
  readonly name: string;
  readonly hint: string;
  readonly difference: Difference;
  readonly digits: number;
  readonly unit?: string;
}

function Row({ name, hint, difference: { before, after, interval, verdict }, digits, unit = '' }: RowProps) {
  return (
    <tr data-verdict={verdict}>
      <th scope="row" title={hint}>
        {name}
      </th>
      <td data-before>{before.toFixed(digits)}</td>
      <td data-after>{after.toFixed(digits)}</td>
      <td>
        {intervalText(interval, digits, unit)} <b>{judged[verdict]}</b>
      </td>
    </tr>
  );
}

/** The object address of a picture; null without one. */
function usePictureUrl(picture: Blob | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const next = picture && URL.createObjectURL(picture);
    setUrl(next);
    return () => {
      if (next) URL.revokeObjectURL(next);
    };
  }, [picture]);
  return url;
}

function Crops() {
  const { before, after } = useAppState(({ training }) => training.exam);
  const [left, right] = [usePictureUrl(before), usePictureUrl(after)];
  if (!left || !right) return null;
  return (
    <figure className={styles.crops}>
      <figcaption aria-hidden="true">
        <span>bicubic</span>
        <span>before</span>
        <span>after</span>
        <span>truth</span>
      </figcaption>
      <div>
        <img src={left} alt="Held-out crops of your pictures, a row each: bicubic, and before" />
        <img src={right} alt="The same crops after, and the truth" />
      </div>
    </figure>
  );
}

/** The ways to use it, under the name that it has now: its method is named as it was made. */
function Uses({ teaching: { method }, isGoing }: LessonProps) {
  const { setOptions, playTraining } = useActions();
  const all = useTaught();
  const ready = useAppState(({ engine }) => engine.ready);
  if (!method && !isGoing)
    return (
      <div className={panel.buttons}>
        <Button look="primary" onClick={playTraining}>
          Keep it as a method
        </Button>
        <p className={panel.hint}>It was measured, and not kept: the page was closed, or there was no room.</p>
      </div>
    );
  if (!method || !all) return <p className={panel.hint}>Keeping it as a method …</p>;
  const now = all.find((taught) => taughtId(taught.method) === taughtId(method));
  if (!now) return <p className={panel.hint}>The upscaler was deleted.</p>;
  // A link to a name that the engine is still to learn would be refused.
  const isLinkable = ready?.preset !== now.model.preset || ready.methods.includes(now.method);
  const use = () => {
    setOptions({ method: now.method, preset: now.model.preset });
    goTo('upscale');
  };
  return (
    <div className={panel.buttons}>
      <Button look="primary" onClick={use}>
        Use it in Upscale
      </Button>
      {isLinkable && (
        <a className={styles.link} href={`#/compare?${new URLSearchParams({ methods: `bicubic,ours,${now.method}` })}`}>
          Compare it with ours
        </a>
      )}
    </div>
  );
}

/** Before and after on crops that it never saw, the verdict, and the ways to use it. */
export function LessonResult({ teaching, isGoing }: LessonProps) {
  const { name, iterations, before, after } = teaching;
  const verdict = useMemo(() => before && after && taughtVerdict(before, after), [before, after]);
  if (!verdict) return null;
  const { crops, psnrY, lpips, overall } = verdict;
  return (
    <div className={styles.step} data-overall={overall}>
      <h3 className={panel.title}>“{name}” is taught</h3>
      <p className={styles.verdict} role="status">
        {verdictText(verdict)}
      </p>
      <table className={styles.scores}>
        <caption>
          {crops} crops of your pictures that it never saw, {formatInteger(iterations)} iterations
        </caption>
        <thead>
          <tr>
            <td />
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">difference [95 %]</th>
          </tr>
        </thead>
        <tbody>
          {psnrY && (
            <Row name="PSNR-Y, dB ↑" hint="Closeness to the truth: larger is better" difference={psnrY} digits={2} />
          )}
          {lpips && (
            <Row
              name="LPIPS ↓"
              hint="Distance to the truth as people see it: smaller is better"
              difference={lpips}
              digits={4}
            />
          )}
        </tbody>
      </table>
      <p className={panel.hint}>
        PSNR-Y is closeness pixel by pixel, LPIPS distance as people see it. In brackets: where the difference lies, by
        95 %.
      </p>
      <Crops />
      <Uses teaching={teaching} isGoing={isGoing} />
    </div>
  );
}
