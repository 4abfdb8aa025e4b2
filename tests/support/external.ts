/** The command line's external models, for tests that compute with them. */
export { nodeExternal, packageFolder } from '../../cli/external.ts';
