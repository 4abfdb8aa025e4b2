/** The part of a `degradation_and_metrics` file that this project has: torch's resizes, PSNR and SSIM. */
import { type FloatImage, floatImage, type Rgba8 } from '../../src/imaging/image.ts';
import { psnrRgb, psnrY, ssimRgb, ssimY } from '../../src/imaging/metrics/index.ts';
import { type ResizeKernel, resize, resizeBy } from '../../src/imaging/resize.ts';
import { type Golden, tolerances } from './golden.ts';

async function planes(golden: Golden, name: string): Promise<FloatImage> {
  const [, channels, height, width] = golden.shape(name) as [number, number, number, number];
  const values = await golden.reference(name);
  const image = floatImage(width, height, channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < width * height; i++) image.data[i * channels + c] = values[c * width * height + i] as number;
  }
  return image;
}

async function bytes(golden: Golden, name: string): Promise<Rgba8> {
  const [height, width] = golden.shape(name) as [number, number];
  const rgb = await golden.numbers(name);
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : (rgb[(i >> 2) * 3 + (i % 4)] as number),
  );
  return { width, height, data };
}

/** `x1.3` is a factor, `to_16x12` a size (height × width), `x4` takes the image's top left sixteenth. */
function resized(image: FloatImage, mode: string, how: string): FloatImage {
  const kernel = `torch-${mode}` as ResizeKernel;
  const size = /^to_(\d+)x(\d+)$/.exec(how);
  if (size) return resize(image, Number(size[2]), Number(size[1]), kernel);
  const factor = Number(how.slice(1));
  if (factor !== 4) return resizeBy(image, factor, kernel);
  const corner = floatImage(16, 16, image.channels);
  for (let y = 0; y < 16; y++) {
    const from = y * image.width * image.channels;
    corner.data.set(image.data.subarray(from, from + 16 * image.channels), y * 16 * image.channels);
  }
  return resizeBy(corner, factor, kernel);
}

export async function checkImaging(golden: Golden): Promise<void> {
  const image = await planes(golden, 'image');
  for (const name of golden.names().filter((entry) => entry.startsWith('resize.'))) {
    const [, mode = '', how = ''] = /^resize\.(\w+)\.(.+)$/.exec(name) ?? [];
    const ours = resized(image, mode, how);
    const [, channels, height, width] = golden.shape(name) as [number, number, number, number];
    const nchw = Float32Array.from({ length: channels * height * width }, (_, i) => {
      const [c, at] = [Math.floor(i / (height * width)), i % (height * width)];
      return ours.data[at * channels + c] as number;
    });
    golden.compare(name, nchw, await golden.reference(name), tolerances.forward);
  }
  const [a, b] = [await bytes(golden, 'metric.a_u8'), await bytes(golden, 'metric.b_u8')];
  const metrics = {
    psnr_rgb: [psnrRgb(a, b), 1e-4],
    psnr_y: [psnrY(a, b), 1e-4],
    psnr_y_crop4: [psnrY(a, b, 4), 1e-4],
    ssim_y: [ssimY(a, b), 1e-5],
    ssim_rgb_mean: [ssimRgb(a, b), 1e-5],
  } as const;
  for (const [name, [ours, tolerance]] of Object.entries(metrics)) {
    const theirs = (await golden.numbers(`metric.${name}`))[0] as number;
    golden.rows.push({ name: `metric.${name} (absolute)`, error: Math.abs(ours - theirs), tolerance });
  }
}
