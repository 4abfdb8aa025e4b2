import type { ReactNode } from 'react';
import { Field } from './Field.tsx';

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
}

interface ChoiceFieldProps<T> {
  readonly label: string;
  readonly id: string;
  readonly hint: ReactNode;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
}

/** One of a few values, by the browser's own list. */
export function ChoiceField<T extends string | number>(props: ChoiceFieldProps<T>) {
  const { label, id, hint, value, choices, onChange } = props;
  const choose = (text: string) => {
    const choice = choices.find((candidate) => String(candidate.value) === text);
    if (choice) onChange(choice.value);
  };
  return (
    <Field label={label} id={id} hint={hint}>
      <select
        id={id}
        aria-describedby={`${id}-hint`}
        value={String(value)}
        onChange={(event) => choose(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={String(choice.value)}>
            {choice.label}
          </option>
        ))}
      </select>
    </Field>
  );
}
