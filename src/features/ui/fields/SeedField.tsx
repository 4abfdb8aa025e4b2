import { Dices } from 'lucide-react';
import { useState } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import { maxSeed, parseSeed } from '../../../store/settings.ts';
import { IconButton } from '../IconButton.tsx';
import { Field } from './Field.tsx';
import styles from './SeedField.module.css';

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
          // What can't be a seed gives way to the one in force.
          onBlur={() => setDraft(null)}
        />
        <IconButton icon={Dices} label="Randomize" onClick={() => setOptions({ seed: randomSeed() })} />
      </div>
    </Field>
  );
}
