/**
 * Low-resolution pictures from high-resolution ones (§6): the full second-order chain of Real-ESRGAN, its milder test
 * variant, and plain bicubic reduction. A degradation is first drawn as a list of steps (`stepsOf`) and then carried out,
 * so a preview can show what was decided; both follow from the seed alone, on every machine.
 */
import type { FloatImage } from '../imaging/image.ts';
import type { Step } from './chain.ts';
import { applySteps } from './chain.ts';
import { drawSteps } from './draw.ts';
import { readSettings } from './read-settings.ts';
import type { DegradationKind } from './settings.ts';
import { type DegradationSettings, realesrgan, realesrganTest } from './settings.ts';

export { applySteps, describeStep, type Step } from './chain.ts';
export {
  type DegradationKind,
  type DegradationSettings,
  degradationKinds,
  degradationTitles,
  realesrgan,
} from './settings.ts';

const smallestSide = 16;

function checkSize(width: number, height: number): void {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < smallestSide || side % 4 !== 0) {
      throw new RangeError(
        `A picture of ${width} × ${height} px can't be degraded: both sides must be multiples of 4, from ${smallestSide} px up.`,
      );
    }
  }
}

function settingsOf(how: DegradationKind | DegradationSettings): DegradationSettings | null {
  switch (how) {
    case 'bicubic':
      return null;
    case 'realesrgan':
      return realesrgan;
    case 'realesrgan-test':
      return realesrganTest;
    default:
      if (typeof how === 'string') throw new RangeError(`There is no degradation "${how}".`);
      return readSettings(how);
  }
}

/**
 * The decisions drawn for a picture: kernels, scales, noise, JPEG qualities, in the order in which they are applied.
 * `describeStep` puts them into words.
 * @param width of the HR picture in pixels; likewise `height`
 * @throws RangeError when a side isn't a multiple of 4 from 16 up, the settings are out of range or the seed isn't a safe integer
 */
export function stepsOf(
  how: DegradationKind | DegradationSettings,
  seed: number,
  width: number,
  height: number,
): readonly Step[] {
  checkSize(width, height);
  const settings = settingsOf(how);
  if (settings) return drawSteps(settings, seed, width, height);
  return [{ name: 'resize', method: 'bicubic', to: { width: width / 4, height: height / 4 } }];
}

/**
 * The LR version of a picture: RGB in [−1, 1], a quarter as wide and high, rounded to 8-bit levels.
 * @param hr RGB in [−1, 1], H×W×3
 * @param how `bicubic` is antialiased (a = −0.5), the literature's "bicubic" LR; the seed plays no part in it
 * @throws RangeError as `stepsOf`
 */
export function degrade(hr: FloatImage, how: DegradationKind | DegradationSettings, seed: number): FloatImage {
  if (hr.channels !== 3) throw new RangeError(`A picture of ${hr.channels} channels is not RGB.`);
  return applySteps(hr, stepsOf(how, seed, hr.width, hr.height));
}
