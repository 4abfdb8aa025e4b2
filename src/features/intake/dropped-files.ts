/** Collects dropped, pasted and picked files, and tells their kinds apart by name. */
import { isImageName } from '../../formats/image-sniff.ts';

export interface DroppedFiles {
  readonly files: readonly File[];
  /** Files in folders that are no images; said, not refused one by one. */
  readonly skipped: number;
  /** The folder's name, where one folder is all that was given. */
  readonly folder?: string;
}

/** By type, or by ending where the system knows no type. The engine finds out its content. */
export const looksLikeImage = ({ name, type }: Pick<File, 'name' | 'type'>): boolean =>
  type === '' ? isImageName(name) : type.startsWith('image/') && !name.startsWith('.');

interface ClassifiedFiles {
  /** PyTorch files: weights of a network. */
  readonly checkpoints: readonly File[];
  /** Weights of a network, or a checkpoint of a run. */
  readonly safetensors: readonly File[];
  /** Zips: runs. */
  readonly archives: readonly File[];
  /** Pages of HTML: logbooks. */
  readonly logbooks: readonly File[];
  readonly onnx: readonly File[];
  /** All else, so that the engine says of a wrong file why it is refused. */
  readonly pictures: readonly File[];
}

const kinds: readonly (readonly [keyof ClassifiedFiles, RegExp])[] = [
  ['checkpoints', /\.(pth|pt|ckpt)$/i],
  ['safetensors', /\.safetensors$/i],
  ['archives', /\.zip$/i],
  ['logbooks', /\.html?$/i],
  ['onnx', /\.onnx$/i],
];

/** Sorts files by kind; each keeps its place among those of its kind. */
export function classify(files: readonly File[]): ClassifiedFiles {
  const kindOf = ({ name }: File) => kinds.find(([, ending]) => ending.test(name))?.[0] ?? 'pictures';
  const all: Record<keyof ClassifiedFiles, File[]> = {
    checkpoints: [],
    safetensors: [],
    archives: [],
    logbooks: [],
    onnx: [],
    pictures: [],
  };
  for (const file of files) all[kindOf(file)].push(file);
  return all;
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject));

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives at most 100 entries a call, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    all.push(...some);
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function* walk(entry: FileSystemEntry, inFolder: boolean): AsyncGenerator<{ file: File; inFolder: boolean }> {
  if (isFile(entry)) yield { file: await fileOf(entry), inFolder };
  else if (isFolder(entry)) for (const child of await entriesOf(entry)) yield* walk(child, true);
}

/** A file given by itself always counts, so that a wrong one gets its sentence; in folders only images do. */
export async function collectEntries(entries: readonly FileSystemEntry[]): Promise<DroppedFiles> {
  const files: File[] = [];
  let skipped = 0;
  for (const entry of entries) {
    for await (const { file, inFolder } of walk(entry, false)) {
      if (!inFolder || looksLikeImage(file)) files.push(file);
      else if (!file.name.startsWith('.')) skipped++;
    }
  }
  const [only, ...others] = entries;
  return { files, skipped, ...(only?.isDirectory && others.length === 0 ? { folder: only.name } : {}) };
}

/** The pictures of a folder picker's flat list, which has hidden files too. */
export function pickImages(list: readonly File[]): DroppedFiles {
  const visible = list.filter(({ name }) => !name.startsWith('.'));
  const files = visible.filter(looksLikeImage);
  // Node's files have no such path.
  const folder = list[0]?.webkitRelativePath?.split('/')[0];
  return { files, skipped: visible.length - files.length, ...(folder ? { folder } : {}) };
}

/** A pasted picture is always called "image.png": the time tells several apart. */
export function nameForPasted(file: File, now: Date): string {
  if (!/^image\.\w+$/i.test(file.name)) return file.name;
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `pasted-${time.join('')}${file.name.slice(file.name.lastIndexOf('.'))}`;
}
