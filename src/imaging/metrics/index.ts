/** Metrics of 8-bit images that need no network. Against the truth: */

export { msSsimY, psnrRgb, psnrY, ssimRgb, ssimY } from './fidelity.ts';
/** Of a set of pictures against another: */
export { frechetDistance } from './frechet.ts';
/** Of a picture alone: */
export { type NiqeModel, niqe, niqeModel, niqeShapes } from './niqe/index.ts';
export { msSsimSmallestSide, ssimWindow as ssimSmallestSide } from './sizes.ts';
