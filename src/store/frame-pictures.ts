/** Past iterations' panels as files, to be kept with their run. */
import type { Frame } from '../protocol/train.ts';
import type { FramePicture } from '../report/run-record.ts';

/** One after the other, so that a long history takes no room twice; a frame that is forgotten meanwhile is left out. */
export async function framePictures(frames: readonly Frame[]): Promise<FramePicture[]> {
  const pictures: FramePicture[] = [];
  for (const { step, sheet, places, histograms } of [...frames]) {
    // Closed: it has no size any more.
    if (sheet.width === 0) continue;
    const canvas = new OffscreenCanvas(sheet.width, sheet.height);
    canvas.getContext('2d')?.drawImage(sheet, 0, 0);
    const image = await canvas.convertToBlob({ type: 'image/png' });
    const spread = histograms.map(({ name, shares }) => ({ name, shares: [...shares] }));
    pictures.push({ frame: { step, places, histograms: spread }, image });
  }
  return pictures;
}
