/** Metrics of 8-bit images that need no network. Against the truth: */

/** Of a set of pictures against another: */
export { frechetDistance } from './frechet.ts';
export { msSsimY, smallestSide as msSsimSmallestSide } from './ms-ssim.ts';
/** Of a picture alone: */
export { type NiqeModel, niqe, niqeModel, niqeNeeds, niqeShapes } from './niqe/index.ts';
export { psnrRgb, psnrY } from './psnr.ts';
export { ssimRgb, ssimY, windowSize as ssimSmallestSide } from './ssim.ts';
