/**
 * Agreement with the input: iterated back-projection (Irani and Peleg, 1991), x ← x + ↑(y − ↓x), until the output, reduced as
 * its input is taken to be, is the input. ↓ and ↑ are the antialiased bicubic of resize.ts.
 */
import { bleedColour, hasAlpha } from './alpha.ts';
import { type FloatImage, floatToRgba8, type Rgba8, rgba8ToFloat } from './image.ts';
import { resize } from './resize.ts';

/** PSNR of ↓(output) against the input over all colours, dB, from which on both count as equal: an RMS error of 1.4 levels. */
export const agreedPsnr = 45;
/** Rounds after which it stops: what clamping leaves by then, others do not take away. */
const mostRounds = 20;

export interface Agreement {
  readonly picture: Rgba8;
  /** Corrections made; 0: the picture agreed already and is the same object. */
  readonly rounds: number;
  /** PSNR of ↓(picture) against the input before and after, dB; infinite where they are equal. */
  readonly before: number;
  readonly after: number;
}

/** RGB of the input that the networks see: transparent places have their surroundings' colour. */
const seen = (lr: Rgba8): FloatImage => rgba8ToFloat(hasAlpha(lr) ? bleedColour(lr) : lr);

/** y − ↓x in place of ↓x, and its PSNR in dB over a range of 2. */
function residual(x: FloatImage, y: FloatImage): { readonly left: FloatImage; readonly psnr: number } {
  const left = resize(x, y.width, y.height, 'bicubic');
  let sum = 0;
  for (let i = 0; i < left.data.length; i++) {
    const difference = y.data[i] - left.data[i];
    left.data[i] = difference;
    sum += difference ** 2;
  }
  return { left, psnr: 10 * Math.log10(4 / (sum / left.data.length)) };
}

interface AgreeOptions {
  /** dB. */
  readonly target?: number;
  /** Awaited before each reduction and each enlargement, so that others have their turn; the work ends with what it throws. */
  readonly pause?: () => Promise<void>;
}

/**
 * The output made to agree with its input, in 8 bit. Rounds go on until `target` is reached after rounding to 8 bit, and end
 * after 20, or where a round no longer helps because colours are clamped; the best round's picture counts.
 *
 * @param output RGBA, whole times as large as `lr`; its alpha stays
 * @throws RangeError where the sizes do not belong together; what `pause` throws, and the output is as it was
 */
export async function agreeWithInput(
  output: Rgba8,
  lr: Rgba8,
  { target = agreedPsnr, pause = async () => {} }: AgreeOptions = {},
): Promise<Agreement> {
  const factor = output.width / lr.width;
  if (!Number.isInteger(factor) || output.height !== lr.height * factor)
    throw new RangeError(
      `A picture of ${output.width} × ${output.height} px is no enlargement of one of ${lr.width} × ${lr.height} px.`,
    );
  const y = seen(lr);
  await pause();
  let picture = output;
  let { left, psnr } = residual(rgba8ToFloat(output), y);
  const before = psnr;
  // Unrounded between the rounds, so that corrections below half a level add up.
  const x = rgba8ToFloat(output);
  let rounds = 0;
  for (let round = 1; psnr < target && round <= mostRounds; round++) {
    await pause();
    const change = resize(left, output.width, output.height, 'bicubic').data;
    for (let i = 0; i < x.data.length; i++) x.data[i] = Math.min(1, Math.max(-1, x.data[i] + change[i]));
    await pause();
    const candidate = floatToRgba8(x);
    const found = residual(rgba8ToFloat(candidate), y);
    if (found.psnr <= psnr) break;
    for (let i = 3; i < candidate.data.length; i += 4) candidate.data[i] = output.data[i];
    [picture, rounds, psnr] = [candidate, round, found.psnr];
    left = found.left;
  }
  return { picture, rounds, before, after: psnr };
}
