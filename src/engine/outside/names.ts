/** What each outside model is called: `esrgan-…`, or `onnx:` and where the file is. */
export const esrganNames = ['esrgan-slim', 'esrgan-medium', 'esrgan-thick'] as const;
export type EsrganName = (typeof esrganNames)[number];
export type OutsideName = EsrganName | `onnx:${string}`;

export const isEsrgan = (name: string): name is EsrganName => (esrganNames as readonly string[]).includes(name);
export const isOutside = (name: string): name is OutsideName => isEsrgan(name) || /^onnx:./.test(name);

/** For people: "ESRGAN slim", or the file's name. */
export const outsideTitle = (name: OutsideName): string =>
  isEsrgan(name) ? name.replace('esrgan-', 'ESRGAN ') : (name.slice('onnx:'.length).split(/[\\/]/).at(-1) ?? name);
