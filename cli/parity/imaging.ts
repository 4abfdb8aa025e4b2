/** A `degradation_and_metrics` file: torch's resizes, kernels, filter, JPEG, PSNR and SSIM; and a `flip` file. */

import { jpeg } from '../../src/degradation/jpeg.ts';
import { filter2d, type KernelDescription, makeKernel } from '../../src/degradation/kernels.ts';
import type { GaussianShape } from '../../src/degradation/settings.ts';
import { type FloatImage, floatImage, type Rgba8 } from '../../src/imaging/image.ts';
import { psnrRgb, psnrY, ssimRgb, ssimY } from '../../src/imaging/metrics/fidelity.ts';
import { flip } from '../../src/imaging/metrics/flip.ts';
import { type ResizeKernel, resize, resizeBy } from '../../src/imaging/resize.ts';
import { type Golden, tolerances } from '../../tests/support/golden.ts';

/** Of tests/golden/README.md. */
const flipTolerance = 1e-3;

async function planes(golden: Golden, name: string): Promise<FloatImage> {
  const [, channels, height, width] = golden.shape(name) as [number, number, number, number];
  const values = await golden.reference(name);
  const image = floatImage(width, height, channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < width * height; i++) image.data[i * channels + c] = values[c * width * height + i];
  }
  return image;
}

async function compareImage(
  golden: Golden,
  name: string,
  { width, height, channels, data }: FloatImage,
): Promise<void> {
  const nchw = Float32Array.from({ length: data.length }, (_, i) => {
    const [c, at] = [Math.floor(i / (height * width)), i % (height * width)];
    return data[at * channels + c];
  });
  golden.compare(name, nchw, await golden.reference(name), tolerances.forward);
}

async function bytes(golden: Golden, name: string): Promise<Rgba8> {
  const [height, width] = golden.shape(name) as [number, number];
  const rgb = await golden.numbers(name);
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : rgb[(i >> 2) * 3 + (i % 4)],
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

/** The metadata's numbers of one kernel: `cutoff` for the sinc, the others for the Gaussian family. */
interface KernelNumbers {
  readonly sigma: [number, number];
  readonly theta?: number;
  readonly beta?: number;
  readonly cutoff?: number;
}

/** Kernels in the frame of zeros that the reference puts around them; the metadata tells no size of the sinc inside. */
async function checkKernels(golden: Golden): Promise<void> {
  const { size, ...kernels } = golden.metadata<Record<string, KernelNumbers> & { size: number }>('kernels');
  for (const [name, { sigma, theta = 0, beta = 1, cutoff }] of Object.entries(kernels)) {
    const theirs = await golden.numbers(`kernel.${name}`);
    const side = Math.sqrt(theirs.length);
    const filled = theirs.slice(side * (side >> 1), side * ((side >> 1) + 1)).filter((weight) => weight !== 0).length;
    const description: KernelDescription =
      cutoff === undefined
        ? { shape: name as GaussianShape, size, sigma, theta, beta }
        : { shape: 'sinc', size: filled, cutoff };
    const { weights, size: inner } = makeKernel(description);
    const margin = (side - inner) / 2;
    const framed = theirs.map((_, i) => {
      const [x, y] = [(i % side) - margin, Math.floor(i / side) - margin];
      return x >= 0 && x < inner && y >= 0 && y < inner ? weights[y * inner + x] : 0;
    });
    golden.compare(`kernel.${name}`, framed, theirs, tolerances.table);
  }
}

async function checkDegradation(golden: Golden, image: FloatImage): Promise<void> {
  await checkKernels(golden);
  for (const name of golden.names()) {
    const [, kind, what = ''] = /^(filter2d|jpeg)\.q?(.+)$/.exec(name) ?? [];
    if (kind === 'filter2d') {
      const weights = Float64Array.from(await golden.numbers(`kernel.${what}`));
      await compareImage(golden, name, filter2d(image, { size: Math.sqrt(weights.length), weights }));
    } else if (kind === 'jpeg') {
      // Ours works in [−1, 1], the file in [0, 1].
      const out = jpeg({ ...image, data: image.data.map((value) => value * 2 - 1) }, Number(what));
      await compareImage(golden, name, { ...out, data: out.data.map((value) => (value + 1) / 2) });
    }
  }
}

async function checkResizes(golden: Golden, image: FloatImage): Promise<void> {
  for (const name of golden.names().filter((entry) => entry.startsWith('resize.'))) {
    const [, mode = '', how = ''] = /^resize\.(\w+)\.(.+)$/.exec(name) ?? [];
    await compareImage(golden, name, resized(image, mode, how));
  }
}

async function checkMetrics(golden: Golden): Promise<void> {
  const [a, b] = [await bytes(golden, 'metric.a_u8'), await bytes(golden, 'metric.b_u8')];
  const metrics = {
    psnr_rgb: [psnrRgb(a, b), 1e-4],
    psnr_y: [psnrY(a, b), 1e-4],
    psnr_y_crop4: [psnrY(a, b, 4), 1e-4],
    ssim_y: [ssimY(a, b), 1e-5],
    ssim_rgb_mean: [ssimRgb(a, b), 1e-5],
  } as const;
  for (const [name, [ours, tolerance]] of Object.entries(metrics)) {
    const theirs = (await golden.numbers(`metric.${name}`))[0];
    golden.rows.push({ name: `metric.${name} (absolute)`, error: Math.abs(ours - theirs), tolerance });
  }
}

export async function checkImaging(golden: Golden): Promise<void> {
  const image = await planes(golden, 'image');
  await checkDegradation(golden, image);
  await checkResizes(golden, image);
  await checkMetrics(golden);
}

/** A `flip` file: pairs of pictures, with their LDR-FLIP maps and the maps' means by the reference. */
export async function checkFlip(golden: Golden): Promise<void> {
  for (const [name, mean] of Object.entries(golden.metadata<Record<string, number>>('means'))) {
    const ours = flip(await bytes(golden, `${name}.reference`), await bytes(golden, `${name}.test`));
    golden.compare(`${name}.map`, ours.map, await golden.reference(`${name}.map`), flipTolerance);
    golden.compare(`${name} mean`, [ours.mean], [mean], flipTolerance);
  }
}
