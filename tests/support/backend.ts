/** Backends for tests that compute: their files end in `.numeric.test.ts` or `.gpu.test.ts`. */
export { openNodeBackend } from '../../cli/backend.ts';
