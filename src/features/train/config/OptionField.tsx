import { type ReactNode, useState } from 'react';
import { errorMessage } from '../../../formats/errors.ts';
import { readingOf, type TrainingConfig } from '../../../paper/config.ts';
import { type OptionName, options } from '../../../paper/options.ts';
import shapes from '../../ui/shapes.module.css';
import { Explained, ReadingLink } from '../equations/Formula.tsx';
import styles from '../panels.module.css';

interface OptionFieldProps {
  readonly name: OptionName;
  readonly value: TrainingConfig[OptionName];
  readonly disabled: boolean;
  /** A choice that can't be made now, and why. */
  readonly lack?: { readonly choice: string; readonly reason: string } | null;
  /** @throws one sentence when the value can't be */
  readonly onChange: (value: TrainingConfig[OptionName]) => void;
}

/** A number that is taken over when it is left, or on Enter: half of a number is another number. */
function NumberInput(props: {
  id: string;
  value: number;
  disabled: boolean;
  invalid: boolean;
  take: (v: number) => void;
}) {
  const { id, value, disabled, invalid, take } = props;
  const [text, setText] = useState(String(value));
  const commit = () => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (number !== value) take(number);
  };
  return (
    <input
      id={id}
      inputMode="decimal"
      autoComplete="off"
      value={text}
      disabled={disabled}
      aria-invalid={invalid}
      aria-describedby={`${id}-hint`}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  );
}

/** One setting: symbol, name, control, default and effect. */
export function OptionField({ name, value, disabled, lack = null, onChange }: OptionFieldProps) {
  const option = options[name];
  const [error, setError] = useState<string | null>(null);
  const id = `training-${name}`;
  const reading = readingOf(name);
  const take = (next: TrainingConfig[OptionName]) => {
    try {
      onChange(next);
      setError(null);
    } catch (failure) {
      setError(errorMessage(failure));
    }
  };
  let control: ReactNode;
  if (option.kind === 'switch') {
    control = (
      <input
        id={id}
        type="checkbox"
        checked={value === true}
        disabled={disabled}
        aria-describedby={`${id}-hint`}
        onChange={(event) => take(event.target.checked)}
      />
    );
  } else if (option.kind === 'choice') {
    control = (
      <select
        id={id}
        value={String(value)}
        disabled={disabled}
        aria-describedby={`${id}-hint`}
        onChange={(event) => take(event.target.value as TrainingConfig[OptionName])}
      >
        {option.choices.map((choice) => (
          <option key={choice} disabled={choice === lack?.choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  } else {
    control = (
      <NumberInput
        key={String(value)}
        id={id}
        value={value as number}
        disabled={disabled}
        invalid={error !== null}
        take={take}
      />
    );
  }
  return (
    <div className={`${shapes.fieldRow} ${styles.field}`} data-changed={value !== option.value || undefined}>
      <span className={styles.label}>
        {'symbol' in option && option.symbol && <Explained tex={option.symbol} />}{' '}
        <label htmlFor={id}>{option.label}</label>
      </span>
      {control}
      <p className={shapes.fieldHint} id={`${id}-hint`}>
        {error ? (
          <span className={styles.error}>{error}</span>
        ) : (
          <>
            {lack && <span className={styles.error}>{lack.reason} </span>}
            {option.effect} Default: {option.kind === 'switch' ? (option.value ? 'on' : 'off') : option.value}.
            {'paper' in option && option.paper && ` The paper: ${option.paper}`}
            {reading !== null && (
              <>
                {' '}
                <ReadingLink reading={reading} />
              </>
            )}
          </>
        )}
      </p>
    </div>
  );
}
