import { Popover } from '@base-ui/react/popover';
import { Timer } from 'lucide-react';
import { useState } from 'react';
import { type LossName, lossNames } from '../../paper/names.ts';
import type { PlaybackSettings, StopRules } from '../../protocol/train.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/buttons.tsx';
import shapes from '../ui/shapes.module.css';
import { chartGroups } from './charts/groups.ts';
import { curveText } from './charts/legend.ts';
import { spoken } from './equations/Formula.tsx';
import styles from './train.module.css';

/** The losses that a rule can look at, called and grouped as on the charts. */
export const watchedLosses = chartGroups
  .map(({ title, series }) => ({
    title,
    losses: series.flatMap((each) => {
      const name = lossNames.find((loss) => each.curve === `losses.${loss}`);
      return name ? [{ name, text: curveText(each), symbol: spoken(each.symbol ?? each.name) }] : [];
    }),
  }))
  .filter(({ losses }) => losses.length > 0);

const symbolOf = (loss: LossName): string =>
  watchedLosses.flatMap(({ losses }) => losses).find(({ name }) => name === loss)?.symbol ?? loss;

/** "Until iteration 500 or 10 min, 2/s"; null when nothing holds it. */
export function playbackText({ until, perSecond }: PlaybackSettings): string | null {
  const rules = [
    until.step !== null && `iteration ${until.step}`,
    until.minutes !== null && `${until.minutes} min`,
    until.below !== null && `${symbolOf(until.loss)} < ${until.below}`,
    until.plateau !== null && 'a plateau',
  ].filter((rule) => rule !== false);
  const parts = [...(rules.length > 0 ? [`Until ${rules.join(' or ')}`] : []), perSecond !== null && `${perSecond}/s`];
  const said = parts.filter((part) => part !== false);
  return said.length > 0 ? said.join(', ') : null;
}

interface NumberRange {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

/** Nothing typed: null. @throws one sentence for what is no number in the range */
export function readNumber(text: string, { low, high, whole }: NumberRange): number | null {
  if (text.trim() === '') return null;
  const value = Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  throw new Error(
    `This must be a ${whole ? 'whole number' : 'number'} from ${low} to ${high}, or empty; ${text} is not.`,
  );
}

interface RuleFieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: number | null;
  readonly range: NumberRange;
  readonly onChange: (value: number | null) => void;
}

/** A number, or none; taken over when it is left, or on Enter. */
function RuleField({ id, label, hint, value, range, onChange }: RuleFieldProps) {
  const [text, setText] = useState(value === null ? '' : String(value));
  const [error, setError] = useState<string | null>(null);
  const commit = () => {
    try {
      onChange(readNumber(text, range));
      setError(null);
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  return (
    <div className={shapes.fieldRow}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        placeholder="off"
        value={text}
        aria-invalid={error !== null}
        aria-describedby={`${id}-hint`}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      <p id={`${id}-hint`} className={`${shapes.fieldHint} ${styles.hint}`} data-bad={error !== null || undefined}>
        {error ?? hint}
      </p>
    </div>
  );
}

const whole = (low: number, high: number) => ({ low, high, whole: true });
const real = (low: number, high: number) => ({ low, high, whole: false });

function Fields() {
  const playback = useAppState(({ training }) => training.playback);
  const { setPlayback } = useActions();
  const { until } = playback;
  const rule = (change: Partial<StopRules>) => setPlayback({ until: { ...until, ...change } });
  return (
    <>
      <RuleField
        id="until-step"
        label="Until iteration"
        hint="Counted from the start of the run."
        value={until.step}
        range={whole(1, 1e9)}
        onChange={(step) => rule({ step })}
      />
      <RuleField
        id="until-minutes"
        label="For minutes"
        hint="Counted from when you press Train."
        value={until.minutes}
        range={real(0.01, 1e5)}
        onChange={(minutes) => rule({ minutes })}
      />
      <div className={shapes.fieldRow}>
        <label htmlFor="until-loss">Loss to watch</label>
        <select
          id="until-loss"
          value={until.loss}
          onChange={(event) => rule({ loss: event.target.value as StopRules['loss'] })}
        >
          {watchedLosses.map(({ title, losses }) => (
            <optgroup key={title} label={title}>
              {losses.map(({ name, text }) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
      <RuleField
        id="until-below"
        label="Until it is below"
        hint="The mean of 10 iterations counts."
        value={until.below}
        range={real(-1e9, 1e9)}
        onChange={(below) => rule({ below })}
      />
      <RuleField
        id="until-plateau"
        label="Until it stops falling"
        hint="Stops when the loss fell by less than 1 % over this many iterations."
        value={until.plateau}
        range={whole(10, 10_000)}
        onChange={(plateau) => rule({ plateau })}
      />
      <RuleField
        id="playback-speed"
        label="Iterations per second"
        hint="At most; off: full speed."
        value={playback.perSecond}
        range={real(0.01, 1000)}
        onChange={(perSecond) => setPlayback({ perSecond })}
      />
      <p className={`${shapes.fieldHint} ${styles.hint}`}>
        The run always stops when a loss becomes infinite or not a number.
      </p>
    </>
  );
}

/** Stop rules and pace of a playing run. */
export function PlaybackMenu() {
  const text = useAppState(({ training }) => playbackText(training.playback));
  return (
    <Popover.Root>
      <Popover.Trigger render={<Button aria-label={`Run until and speed: ${text ?? 'no limit'}`} />}>
        <Timer size={16} aria-hidden="true" />
        <span className={styles.playbackText}>{text ?? 'Until …'}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} sideOffset={6} align="start" collisionPadding={8}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.title}>Run until, and speed</Popover.Title>
            <Fields />
            <Popover.Close render={<Button look="primary" />}>Done</Popover.Close>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
