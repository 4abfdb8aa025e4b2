import { FolderPlus, ImagePlus } from 'lucide-react';
import { type ChangeEvent, type RefObject, useRef } from 'react';
import { FileButton, IconButton } from '../ui/buttons.tsx';
import { useQueueRoute } from './drop-routes.ts';
import { type DroppedFiles, pickImages } from './dropped-files.ts';
import styles from './intake.module.css';

/** React has no such attribute; the element has the property. */
const asFolderPicker = (ref: RefObject<HTMLInputElement | null>) => (input: HTMLInputElement | null) => {
  if (input) input.webkitdirectory = true;
  ref.current = input;
};

interface AddImagesProps {
  readonly prominent?: boolean;
  readonly label?: string;
  readonly folderLabel?: string;
  /** Takes the files; left out: the queue does. */
  readonly onAdd?: (found: DroppedFiles) => void;
}

/** Picks pictures, or a folder of them. */
export function AddImages({
  prominent = false,
  label = 'Add images',
  folderLabel = 'Add a folder',
  onAdd,
}: AddImagesProps) {
  const enqueue = useQueueRoute();
  const add = onAdd ?? enqueue;
  const folder = useRef<HTMLInputElement>(null);

  const takeFolder = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    event.target.value = '';
    if (files.length > 0) add(pickImages(files));
  };

  return (
    <div className={styles.row}>
      <FileButton
        icon={ImagePlus}
        label={label}
        accept="image/*"
        multiple
        prominent={prominent}
        onFiles={(files) => add({ files, skipped: 0 })}
      />
      <IconButton icon={FolderPlus} label={folderLabel} onClick={() => folder.current?.click()} />
      <input ref={asFolderPicker(folder)} type="file" hidden onChange={takeFolder} />
    </div>
  );
}
