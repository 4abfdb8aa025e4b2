/** Peak signal-to-noise ratio on 8-bit images, as BasicSR and pyiqa compute it (§7.2). Larger is better. */
import type { Rgba8 } from '../image.ts';
import { checkedArea, luma, type Plane, range, rgb } from './planes.ts';

function psnr(planes: readonly Plane[], a: Rgba8, b: Rgba8, crop: number): number {
  const { width, height } = checkedArea(a, b, crop, 1);
  let sum = 0;
  for (let y = crop; y < crop + height; y++) {
    for (let i = (y * a.width + crop) * 4; i < (y * a.width + crop + width) * 4; i += 4) {
      for (const plane of planes) sum += (plane(a.data, i) - plane(b.data, i)) ** 2;
    }
  }
  return 10 * Math.log10(range ** 2 / (sum / (width * height * planes.length)));
}

/**
 * PSNR of luma in dB, the field's habit; infinite for equal images.
 * @param crop pixels left out along every border
 * @throws RangeError when the images differ in size or nothing is left after the crop
 */
export function psnrY(a: Rgba8, b: Rgba8, crop = 0): number {
  return psnr(luma, a, b, crop);
}

/** As `psnrY`, on the common error of red, green and blue. */
export function psnrRgb(a: Rgba8, b: Rgba8, crop = 0): number {
  return psnr(rgb, a, b, crop);
}
