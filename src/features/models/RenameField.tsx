import { Check, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { IconButton } from '../ui/IconButton.tsx';
import styles from './RenameField.module.css';

interface RenameFieldProps {
  readonly title: string;
  /** Null: it stays as it was. */
  readonly onDone: (title: string | null) => void;
}

export function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const name = text.trim();
  const done = () => onDone(name === '' || name === title ? null : name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    done();
  };
  return (
    <form
      className={styles.form}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone(null);
      }}
    >
      <input
        className={styles.input}
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
      <IconButton icon={X} label="Keep the old name" onClick={() => onDone(null)} />
    </form>
  );
}
