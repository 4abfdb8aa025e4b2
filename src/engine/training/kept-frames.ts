/** The pictures of a run that came as a file: they lie beside its checkpoints, as long as the run goes no further back. */

import { type FramePicture, list, readStoredFrame } from '../../report/run-record.ts';
import type { Files } from '../files.ts';
import { picturesPath } from './run-record.ts';

const indexPath = (id: string) => `${picturesPath(id)}/index.json`;
const imagePath = (id: string, step: number) => `${picturesPath(id)}/${step}`;

/** @returns false when they will be gone with the tab */
export async function writeFrames(files: Files, id: string, frames: readonly FramePicture[]): Promise<boolean> {
  if (frames.length === 0) return true;
  let isKept = true;
  for (const { frame, image } of frames) isKept = (await files.write(imagePath(id, frame.step), image)) && isKept;
  const index = frames.map(({ frame, image }) => ({ ...frame, type: image.type }));
  return (await files.write(indexPath(id), new Blob([JSON.stringify(index)]))) && isKept;
}

/** Those of iterations before a step; none where the index is damaged. */
export async function readFrames(files: Files, id: string, step: number): Promise<FramePicture[]> {
  const found: FramePicture[] = [];
  try {
    const index = JSON.parse((await (await files.read(indexPath(id)))?.text()) ?? '[]');
    for (const { frame, type } of list(index, (each) => ({ frame: readStoredFrame(each), type: String(each.type) }))) {
      const file = frame.step < step ? await files.read(imagePath(id, frame.step)) : null;
      if (file) found.push({ frame, image: new Blob([file], { type }) });
    }
  } catch {
    // They were only there to be looked at.
  }
  return found;
}
