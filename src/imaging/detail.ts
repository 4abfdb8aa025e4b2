/** The detail dial: from a faithful picture of regression to the detailed one of a co-trained student, by blending both. */
import type { Rgba8 } from './image.ts';

/** Per cent of the detailed picture. */
export const fullDetail = 100;

/**
 * faithful + detail · (detailed − faithful) in 8 bit: exactly the one at 0 and exactly the other at 100.
 *
 * @param detail 0 … 100
 * @returns a new picture with the alpha of the detailed one
 * @throws where the pictures differ in size
 */
export function blendDetail(faithful: Rgba8, detailed: Rgba8, detail: number): Rgba8 {
  const { width, height } = detailed;
  if (faithful.width !== width || faithful.height !== height)
    throw new Error(
      `The faithful picture is ${faithful.width} × ${faithful.height} px, the detailed one ${width} × ${height} px.`,
    );
  const data = new Uint8ClampedArray(detailed.data);
  const part = detail / fullDetail;
  for (let i = 0; i < data.length; i += 4) {
    for (let channel = i; channel < i + 3; channel++) {
      const from = faithful.data[channel] ?? 0;
      data[channel] = from + part * ((detailed.data[channel] ?? 0) - from);
    }
  }
  return { width, height, data };
}
