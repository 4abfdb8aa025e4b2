/** The identity of a picture that a run is trained on. */
/** Facts of the user's own pictures that a run is trained on. */
import { FormatError } from '../formats/errors.ts';

/** One of the user's own pictures, known by what is in it: neither its name nor its pixels leave the device with a checkpoint. */
export interface PictureFacts {
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** @throws FormatError when this is no list of pictures, and not null either */
export function readPictures(stored: unknown): readonly PictureFacts[] | null {
  if (stored === null) return null;
  const damaged = new FormatError('The list of pictures that the run is trained on is damaged.');
  if (!Array.isArray(stored)) throw damaged;
  const isCount = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  return stored.map((entry: Readonly<Record<string, unknown>> | null) => {
    const { hash, width, height, bytes } = entry ?? {};
    const isHash = typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
    if (!isHash || ![width, height, bytes].every(isCount)) throw damaged;
    return { hash, width, height, bytes } as PictureFacts;
  });
}
