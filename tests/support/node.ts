/** The command line's pictures and weights, for tests: they reach it through this folder alone. */
export { readImage } from '../../cli/image-file.ts';
export { directoryModelSource, shippedFolder } from '../../cli/model-directory.ts';
