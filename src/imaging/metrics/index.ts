/** Full-reference metrics of 8-bit images that need no network. */
export { msSsimY, smallestSide as msSsimSmallestSide } from './ms-ssim.ts';
export { psnrRgb, psnrY } from './psnr.ts';
export { ssimRgb, ssimY } from './ssim.ts';
