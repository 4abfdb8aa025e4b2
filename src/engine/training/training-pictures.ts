/**
 * The user's own pictures to train on: kept on this device, each under the hash of what is in it, so that a run finds again
 * what it was trained on and the order in which files were given plays no part.
 */
import { type FloatImage, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { type PictureFacts, readPictures } from '../../imaging/picture-facts.ts';
import type { TrainingConfig } from '../../paper/config.ts';
import { options } from '../../paper/options.ts';
import type { PictureSource } from '../../training/crops.ts';
import { BlobStore } from '../storage/blob-store.ts';
import type { Files } from '../storage/files.ts';

export const mostPictures = 500;
export const mostPictureBytes = 2 ** 30;
/** Sides below this hold no crop at all. */
const smallestSide = 4 * options.crop.low;

/** Counts of the files of one drop. */
export interface AddedPictures {
  added: number;
  known: number;
  unreadable: number;
  small: number;
  /** Beyond what is kept. */
  over: number;
  /** One of them will be gone with the tab. */
  isVolatile: boolean;
}

export class TrainingPictures {
  readonly #blobs: BlobStore<readonly PictureFacts[]>;
  readonly #decode: (file: Blob) => Promise<Rgba8>;

  /** @param decode checks a file before anything is allocated from what it claims */
  constructor(files: Files, decode: (file: Blob) => Promise<Rgba8>) {
    this.#blobs = new BlobStore(files, {
      folder: 'training/pictures',
      indexPath: 'training/pictures.json',
      empty: [],
      read: (json) => readPictures(json) ?? [],
      hashesOf: (pictures) => pictures.map(({ hash }) => hash),
      limits: { files: mostPictures, bytes: mostPictureBytes },
    });
    this.#decode = decode;
  }

  /** In the order of their hashes. */
  get pictures(): readonly PictureFacts[] {
    return this.#blobs.index;
  }

  /** A damaged index loses the collection alone: runs still name their files. */
  load = (): Promise<void> => this.#blobs.load();

  /** Takes what can be trained on, and leaves out the rest. */
  add(files: readonly Blob[], onProgress: (done: number) => void): Promise<AddedPictures> {
    return this.#blobs.change(() => this.#add(files, onProgress));
  }

  async #add(files: readonly Blob[], onProgress: (done: number) => void): Promise<AddedPictures> {
    const result: AddedPictures = { added: 0, known: 0, unreadable: 0, small: 0, over: 0, isVolatile: false };
    let bytes = this.pictures.reduce((sum, picture) => sum + picture.bytes, 0);
    const pictures = new Map(this.pictures.map((picture) => [picture.hash, picture]));
    for (const [index, file] of files.entries()) {
      onProgress(index);
      const isOver = !this.#blobs.hasRoom(pictures.size, bytes, file);
      const size = isOver ? null : await this.#size(file);
      if (isOver) result.over++;
      else if (!size) result.unreadable++;
      else if (Math.min(size.width, size.height) < smallestSide) result.small++;
      else {
        // Also of a known one: its file may be gone.
        const { hash, isKept } = await this.#blobs.put(file);
        if (!isKept) result.isVolatile = true;
        if (pictures.has(hash)) result.known++;
        else {
          pictures.set(hash, { hash, ...size, bytes: file.size });
          bytes += file.size;
          result.added++;
        }
      }
    }
    await this.#blobs.save([...pictures.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)));
    return result;
  }

  async #size(file: Blob): Promise<Pick<PictureFacts, 'width' | 'height'> | null> {
    try {
      const { width, height } = await this.#decode(file);
      return { width, height };
    } catch {
      return null;
    }
  }

  /** An empty collection for the next run. */
  async clear(): Promise<void> {
    await this.#blobs.change(() => this.#blobs.save([]));
  }

  /** Removes the files that neither the collection nor a run names. */
  sweep(used: Iterable<PictureFacts>): Promise<void> {
    return this.#blobs.change(() => this.#blobs.sweep([...used].map(({ hash }) => hash)));
  }

  /** Number of a run's pictures that are not on this device. */
  async missing(pictures: readonly PictureFacts[]): Promise<number> {
    const found = await Promise.all(pictures.map(({ hash }) => this.#blobs.get(hash)));
    return found.filter((file) => !file).length;
  }

  /** A run's pictures as training data, decoded when a crop is wanted. @throws one sentence when they are not to be had */
  async source(pictures: readonly PictureFacts[], { crop }: { readonly crop: number }): Promise<PictureSource> {
    const missing = await this.missing(pictures);
    if (missing > 0) {
      throw new Error(
        `${missing} of the ${pictures.length} pictures of this run are no longer on this device: add them again under Data, then play.`,
      );
    }
    const usable = pictures.filter(({ width, height }) => Math.min(width, height) >= 4 * crop);
    if (usable.length === 0) {
      throw new Error(
        `None of your pictures is large enough for crops of ${crop} px, which need ${4 * crop} px a side: add larger ones.`,
      );
    }
    return {
      count: usable.length,
      picture: async (index) => {
        const file = await this.#blobs.get(usable[index].hash);
        if (!file) throw new Error('A picture of this run is gone from this device: add it again under Data.');
        return rgba8ToFloat(await this.#decode(file));
      },
    };
  }
}

// The sample pictures as training data: each is read once; those too small for the crops are left out.

/** @throws one sentence when none is large enough */
export async function samplePictures(
  names: readonly string[],
  read: (name: string) => Promise<Rgba8>,
  { crop }: Pick<TrainingConfig, 'crop'>,
): Promise<PictureSource> {
  const pictures: FloatImage[] = [];
  let largest = 0;
  for (const name of names) {
    const picture = rgba8ToFloat(await read(name));
    const side = Math.min(picture.width, picture.height);
    largest = Math.max(largest, side);
    if (side >= 4 * crop) pictures.push(picture);
  }
  if (pictures.length === 0) {
    throw new Error(
      `No sample picture is large enough for crops of ${crop} px: take ${Math.floor(largest / 4)} or less.`,
    );
  }
  return { count: pictures.length, picture: async (index) => pictures[index] };
}
