/**
 * Checkpoints of `torch.save` (PyTorch 1.6 and later): a zip archive with a pickle that says what there is, and an entry
 * for each storage. Opening reads the archive's directory and the pickle; a tensor is read when somebody asks for it.
 */
import { crc32, readBytes } from './bytes.ts';
import { FormatError, quote } from './errors.ts';
import { mostPickleBytes, type PickleCall, PickleGlobal, unpickle } from './pickle.ts';
import { isCount, type StorageType, storageNames, TorchStorage, TorchTensor } from './torch-tensor.ts';
import { openZip, type ZipArchive, type ZipEntry } from './zip.ts';

export interface TorchCheckpoint {
  /** The saved value: dictionaries as Maps, tensors as TorchTensor. */
  readonly root: unknown;
  /** A tensor's values, row-major. @throws FormatError where its bytes are damaged */
  read(tensor: TorchTensor): Promise<Float32Array<ArrayBuffer>>;
}

/** Bytes of a storage that are in memory at once while its checksum is worked out. */
const verifiedBytes = 2 ** 24;

/** The entry of a storage must exist, and be just as long as the pickle says. */
type StorageCheck = (storage: TorchStorage) => void;

const damaged = (what: string) => new FormatError(`The checkpoint is damaged: ${what}; download it again.`);

/** Something that a checkpoint may hold beside tensors, of which nothing is kept. */
const inert = () => Object.freeze(new Map());

const rebuildTensor: PickleCall = ([storage, offset, shape, strides]) =>
  new TorchTensor(storage, offset, shape, strides);

const rebuildParameter: PickleCall = ([tensor]) => {
  if (!(tensor instanceof TorchTensor)) throw damaged('a parameter has no tensor');
  return tensor;
};

/** Pairs, as an OrderedDict with entries is pickled by some versions of Python. */
const orderedDict: PickleCall = ([pairs]) => {
  const dict = new Map();
  if (pairs === undefined) return dict;
  if (!Array.isArray(pairs)) throw damaged('a dictionary is made of no pairs');
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw damaged('a dictionary is made of no pairs');
    dict.set(pair[0], pair[1]);
  }
  return dict;
};

/** All that the public checkpoints name. numpy's are for numbers kept beside the weights, such as a best score. */
const globals: ReadonlyMap<string, PickleCall> = new Map<string, PickleCall>([
  ['collections.OrderedDict', orderedDict],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch.Size', ([sizes]) => sizes ?? Object.freeze([])],
  ['torch.device', inert],
  ['_codecs.encode', inert],
  ['numpy.dtype', inert],
  ['numpy.core.multiarray.scalar', inert],
  ['numpy._core.multiarray.scalar', inert],
  ['pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint', null],
  ...storageNames.map((name): [string, PickleCall] => [`torch.${name}`, null]),
]);

function readStorage(id: unknown, check: StorageCheck): TorchStorage {
  if (!Array.isArray(id) || id.length < 5 || id[0] !== 'storage') throw damaged('it refers to what is no storage');
  const [, type, key, , length] = id as unknown[];
  if (!(type instanceof PickleGlobal) || !type.name.startsWith('torch.')) throw damaged('a storage has no type');
  const name = type.name.slice('torch.'.length) as StorageType;
  if (!storageNames.includes(name)) throw damaged(`a storage has the type ${quote(type.name)}`);
  if (typeof key !== 'string' || !isCount(length)) throw damaged('a storage has no name or length');
  const storage = new TorchStorage(key, name, length);
  check(storage);
  return storage;
}

const text = async (source: Blob, archive: ZipArchive, entry: ZipEntry | undefined): Promise<string | null> => {
  if (!entry || entry.size > 64) return null;
  const at = await archive.locate(entry);
  return new TextDecoder().decode(await readBytes(source, at, at + entry.size)).trim();
};

/** The folder that everything of a checkpoint is in; torch names it after the file. */
function findFolder(archive: ZipArchive): string {
  const pickles = [...archive.entries.keys()].filter((name) => /^[^/]*\/?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw new FormatError('This archive holds no checkpoint of torch.save (no data.pkl).');
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (archive.entries.has(`${folder}constants.pkl`)) {
    throw new FormatError(
      'This is a TorchScript program, not a checkpoint: save the network’s state_dict() with torch.save instead.',
    );
  }
  return folder;
}

async function readPickle(source: Blob, archive: ZipArchive, entry: ZipEntry): Promise<Uint8Array> {
  const at = await archive.locate(entry);
  const bytes = new Uint8Array(await readBytes(source, at, at + entry.size));
  if (entry.crc32 !== 0 && crc32(bytes) !== entry.crc32) throw damaged('the checksum of its pickle is wrong');
  return bytes;
}

/**
 * Opens a checkpoint; of its tensors nothing is read yet.
 * @throws FormatError, one sentence
 */
export async function openTorchCheckpoint(source: Blob): Promise<TorchCheckpoint> {
  const archive = await openZip(source);
  const folder = findFolder(archive);
  const order = await text(source, archive, archive.entries.get(`${folder}byteorder`));
  if (order !== null && order !== 'little') {
    throw new FormatError('The checkpoint was saved on a big-endian machine: save it again on another.');
  }
  const entryOf = (storage: TorchStorage): ZipEntry => {
    const entry = archive.entries.get(`${folder}data/${storage.key}`);
    if (!entry) throw damaged(`the storage ${quote(storage.key)} is missing`);
    const bytes = storage.length * storage.elementBytes;
    if (entry.size !== bytes) {
      throw damaged(`the storage ${quote(storage.key)} has ${entry.size} bytes where its tensors need ${bytes}`);
    }
    return entry;
  };
  const pickle = archive.entries.get(`${folder}data.pkl`) as ZipEntry;
  if (pickle.size > mostPickleBytes) throw damaged(`its pickle has ${pickle.size} bytes, more than any checkpoint`);
  const root = unpickle(await readPickle(source, archive, pickle), {
    globals,
    persistent: (id) => readStorage(id, entryOf),
  });

  const verified = new Set<string>();
  /** Checks a whole storage once: its checksum covers all tensors that are views of it. */
  const verify = async (key: string, entry: ZipEntry, at: number): Promise<void> => {
    if (entry.crc32 === 0 || verified.has(key)) return;
    let checksum = 0;
    for (let from = 0; from < entry.size; from += verifiedBytes) {
      const to = Math.min(entry.size, from + verifiedBytes);
      checksum = crc32(new Uint8Array(await readBytes(source, at + from, at + to)), checksum);
    }
    if (checksum !== entry.crc32) throw damaged(`the checksum of the storage ${quote(key)} is wrong`);
    verified.add(key);
  };

  return {
    root,
    async read(tensor) {
      if (tensor.isScattered)
        throw new FormatError('A tensor of the checkpoint is scattered over too much of its storage.');
      const entry = entryOf(tensor.storage);
      const width = tensor.storage.elementBytes;
      const at = await archive.locate(entry);
      await verify(tensor.storage.key, entry, at);
      const buffer = await readBytes(source, at + tensor.first * width, at + tensor.end * width);
      return tensor.values(buffer);
    },
  };
}
