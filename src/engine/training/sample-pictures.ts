/** The sample pictures as training data: each is read once; those too small for the crops are left out. */
import { type FloatImage, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import type { TrainingConfig } from '../../paper/config.ts';
import type { PictureSource } from '../../training/crops.ts';

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
  return { count: pictures.length, picture: async (index) => pictures[index] as FloatImage };
}
