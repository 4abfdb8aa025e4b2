import { FolderPlus, ImagePlus } from 'lucide-react';
import { type ChangeEvent, type RefObject, useRef } from 'react';
import { IconButton } from '../../ui/IconButton.tsx';
import styles from './AddImages.module.css';
import { type Intaken, pickImages } from './intake-files.ts';
import { useAdd } from './use-add.ts';

/** React has no such attribute; the element has the property. */
const asFolderPicker = (ref: RefObject<HTMLInputElement | null>) => (input: HTMLInputElement | null) => {
  if (input) input.webkitdirectory = true;
  ref.current = input;
};

interface AddImagesProps {
  readonly prominent?: boolean;
  readonly label?: string;
  /** Where the files go; left out: to the queue. */
  readonly onAdd?: (found: Intaken) => void;
}

/** The file picker: a native input, so every browser, keyboard and assistive tool knows it. */
export function AddImages({ prominent = false, label = 'Add images', onAdd }: AddImagesProps) {
  const enqueue = useAdd();
  const add = onAdd ?? enqueue;
  const folder = useRef<HTMLInputElement>(null);

  const take = (choose: (files: readonly File[]) => Intaken) => (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    // Cleared, so that choosing the same file again is a change too.
    event.target.value = '';
    if (files.length > 0) add(choose(files));
  };

  return (
    <div className={styles.row}>
      <label className={styles.label} data-prominent={prominent}>
        <ImagePlus size={16} aria-hidden="true" />
        {label}
        <input
          className={styles.input}
          type="file"
          accept="image/*"
          multiple
          onChange={take((files) => ({ files, skipped: 0 }))}
        />
      </label>
      <IconButton icon={FolderPlus} label="Add a folder" onClick={() => folder.current?.click()} />
      <input ref={asFolderPicker(folder)} type="file" hidden onChange={take(pickImages)} />
    </div>
  );
}
