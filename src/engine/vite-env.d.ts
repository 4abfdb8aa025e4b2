/** Vite's additions to modules of the worker realm. */
declare module '*.wasm?url' {
  const url: string;
  export default url;
}

declare module '*.mjs?url' {
  const url: string;
  export default url;
}

interface ImportMeta {
  readonly env: { readonly DEV: boolean };
}
