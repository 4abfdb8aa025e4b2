/**
 * What the command line gives the core in Node (backends, pictures, weights, external models), for tests: they reach the
 * command line through this file alone, so the two can change apart.
 */
export { nodeGpu, openNodeBackend, swiftshader } from '../../cli/backend.ts';
export { nodeExternal, packageFolder } from '../../cli/external.ts';
export { readImage } from '../../cli/image-file.ts';
export { directoryModelSource, shippedFolder } from '../../cli/model-directory.ts';
