import { Check, Dices, X } from 'lucide-react';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { maxSeed, parseSeed } from '../../store/settings.ts';
import { IconButton } from './buttons.tsx';
import styles from './fields.module.css';

interface FieldProps {
  readonly label: string;
  /** Id of the control. */
  readonly id: string;
  /** One line on what it does; tied to the control by `${id}-hint`. */
  readonly hint: ReactNode;
  /** Shown at the right of the label. */
  readonly value?: string;
  readonly children: ReactNode;
}

export function Field({ label, id, hint, value, children }: FieldProps) {
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <label htmlFor={id}>{label}</label>
        {value && <output htmlFor={id}>{value}</output>}
      </div>
      {children}
      <p className={styles.hint} id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  /** Of choices that stand together, one after the other. */
  readonly group?: string;
  /** Why it can't be chosen now, for the end of its label. */
  readonly lack?: string;
}

interface ChoiceFieldProps<T> {
  readonly label: string;
  readonly id: string;
  readonly hint: ReactNode;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
}

const option = ({ value, label, lack }: Choice<string | number>) => (
  <option key={value} value={String(value)} disabled={lack !== undefined}>
    {lack === undefined ? label : `${label} (${lack})`}
  </option>
);

function grouped<T>(choices: readonly Choice<T>[]): (readonly [string | undefined, readonly Choice<T>[]])[] {
  const groups = new Map<string | undefined, Choice<T>[]>();
  for (const choice of choices) groups.set(choice.group, [...(groups.get(choice.group) ?? []), choice]);
  return [...groups];
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
        {grouped(choices).map(([group, members]) =>
          group === undefined ? (
            members.map(option)
          ) : (
            <optgroup key={group} label={group}>
              {members.map(option)}
            </optgroup>
          ),
        )}
      </select>
    </Field>
  );
}

interface TextFieldProps extends Pick<FieldProps, 'label' | 'hint'> {
  readonly value: string;
  /** Characters. */
  readonly longest: number;
  readonly onChange: (text: string) => void;
}

/** A free text, such as a name. */
export function TextField({ label, hint, value, longest, onChange }: TextFieldProps) {
  const id = useId();
  return (
    <Field label={label} id={id} hint={hint}>
      <input
        id={id}
        type="text"
        autoComplete="off"
        maxLength={longest}
        aria-describedby={`${id}-hint`}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}

const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

export function SeedField() {
  const seed = useAppState(({ settings }) => settings.options.seed);
  const { setOptions } = useActions();
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft !== null && parseSeed(draft) === null;

  const change = (text: string) => {
    const value = parseSeed(text);
    setDraft(text);
    if (value !== null) setOptions({ seed: value });
  };

  return (
    <Field
      label="Seed"
      id="seed"
      hint={
        wrong
          ? `A whole number from 0 to ${maxSeed}.`
          : 'The same seed and settings on the same device give the same picture.'
      }
    >
      <div className={styles.row}>
        <input
          id="seed"
          type="text"
          inputMode="numeric"
          autoComplete="off"
          aria-describedby="seed-hint"
          aria-invalid={wrong}
          value={draft ?? String(seed)}
          onChange={(event) => change(event.target.value)}
          // An invalid text gives way to the seed in force.
          onBlur={() => setDraft(null)}
        />
        <IconButton icon={Dices} label="Randomize" onClick={() => setOptions({ seed: randomSeed() })} />
      </div>
    </Field>
  );
}

interface RenameFieldProps {
  readonly title: string;
  /** Null: it stays as it was. */
  readonly onDone: (title: string | null) => void;
}

/** A text that takes the place of a name while it is changed: Enter keeps it, Escape the old one. */
export function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const [opener] = useState(() => document.activeElement);
  const name = text.trim();
  const end = (named: string | null) => {
    onDone(named);
    // The field goes, and would take the focus with it.
    if (opener instanceof HTMLElement) opener.focus();
  };
  const done = () => end(name === '' || name === title ? null : name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    done();
  };
  return (
    <form
      className={styles.rename}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // A drawer around it stays open.
        event.preventDefault();
        end(null);
      }}
    >
      <input
        className={styles.renameInput}
        type="text"
        aria-label="Name"
        maxLength={80}
        value={text}
        // biome-ignore lint/a11y/noAutofocus: the user has just asked to type here
        autoFocus
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => setText(target.value)}
      />
      <IconButton icon={Check} label="Save the name" onClick={done} />
      <IconButton icon={X} label="Keep the old name" onClick={() => end(null)} />
    </form>
  );
}
