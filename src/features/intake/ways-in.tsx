/** The ways in for pictures: buttons that pick them, and the whole window, which takes dropped and pasted ones. */
import { FolderPlus, ImagePlus } from 'lucide-react';
import { type ChangeEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useActions } from '../../store/context.ts';
import { FileButton, IconButton } from '../ui/buttons.tsx';
import { useQueueRoute } from './drop-routes.ts';
import { collectEntries, type DroppedFiles, nameForPasted, pickImages } from './dropped-files.ts';
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

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/** Must be called within the drop event: the list of what was dropped is void once its handler returns. */
function collectDropped(transfer: DataTransfer): Promise<DroppedFiles> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // A picture dragged from another page is a file without an entry.
  return entries.length > 0 ? collectEntries(entries) : Promise.resolve({ files: [...transfer.files], skipped: 0 });
}

interface DropOverlayProps {
  /** Says where a drop leads, on screen while files are over the window. */
  readonly text: string;
  readonly onAdd: (found: DroppedFiles) => void;
}

/** The whole window takes dropped files and folders, and pasted pictures, on every page. */
export function DropOverlay({ text, onAdd: add }: DropOverlayProps) {
  const { notify } = useActions();
  const [over, setOver] = useState(false);
  const depth = useRef(0);

  useEffect(() => {
    const enter = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      // Every element passed on the way enters and leaves too; only the outermost counts.
      depth.current++;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      // A drag that was under way when the page loaded has entered before anything listened.
      depth.current = Math.max(1, depth.current);
      setOver(true);
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      collectDropped(event.dataTransfer).then(add, () =>
        notify('warning', 'The dropped files could not be read: they may have been moved or be in use.'),
      );
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      const named = files.map((file) => new File([file], nameForPasted(file, new Date()), { type: file.type }));
      add({ files: named, skipped: 0 });
    };
    const abort = new AbortController();
    const { signal } = abort;
    window.addEventListener('dragenter', enter, { signal });
    window.addEventListener('dragleave', leave, { signal });
    window.addEventListener('dragover', hover, { signal });
    window.addEventListener('drop', drop, { signal });
    window.addEventListener('paste', paste, { signal });
    return () => abort.abort();
  }, [add, notify]);

  return over ? (
    <div className={styles.overlay} aria-hidden="true">
      <p className={styles.text}>{text}</p>
    </div>
  ) : null;
}
