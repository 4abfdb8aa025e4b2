import { type EnlargeMethod, enlargeMethods } from '../imaging/enlarge.ts';

/**
 * What makes the picture: the paper's one-step student, co-trained with a diffusion ('ours') or a convolutional downsampler
 * ('ours-conv'); SinSR's one-step student; one trained by the distance to the truth alone ('l2'); or the 15-step ResShift
 * teacher. A preset offers those its weights are there for.
 */
export type Method = 'ours' | 'ours-conv' | 'sinsr' | 'l2' | 'resshift';

/** auto: the first of `methods` that the preset offers. */
export type MethodRequest = Method | 'auto';

/** Every method, best first. */
export const methods: readonly Method[] = ['ours', 'ours-conv', 'sinsr', 'l2', 'resshift'];

/** What each outside model is called: `esrgan-…`, or `onnx:` and where the file is. */
export const esrganNames = ['esrgan-slim', 'esrgan-medium', 'esrgan-thick'] as const;
export type EsrganName = (typeof esrganNames)[number];
export type ExternalMethod = EsrganName | `onnx:${string}`;

export const isEsrgan = (name: string): name is EsrganName => (esrganNames as readonly string[]).includes(name);
export const isExternal = (name: string): name is ExternalMethod => isEsrgan(name) || /^onnx:./.test(name);

/** For people: "ESRGAN slim", or the file's name. */
export const externalTitle = (name: ExternalMethod): string =>
  isEsrgan(name) ? name.replace('esrgan-', 'ESRGAN ') : (name.slice('onnx:'.length).split(/[\\/]/).at(-1) ?? name);

/** What is here without any other file than the preset's weights. */
export type OwnMethod = EnlargeMethod | 'autoencoder' | Method;

export type EvaluationMethod = OwnMethod | ExternalMethod;

/** Every method of our own, in the order of tables: the simplest first, the paper's last. */
export const evaluationMethods: readonly OwnMethod[] = [...enlargeMethods, 'autoencoder', ...[...methods].reverse()];

const methodTitles: Readonly<Record<OwnMethod, string>> = {
  nearest: 'nearest',
  bicubic: 'bicubic',
  lanczos: 'Lanczos',
  autoencoder: 'autoencoder of HR',
  resshift: 'teacher-15 (ResShift)',
  sinsr: 'SinSR-1',
  l2: 'L2-1',
  'ours-conv': 'ours-1 (conv)',
  ours: 'ours-1 (diff)',
};

export const methodTitle = (method: EvaluationMethod): string =>
  isExternal(method) ? externalTitle(method) : methodTitles[method];

/** An ONNX file that the user brought, by its id. */
export type BroughtName = `onnx:${string}`;

export type CompareMethod = EnlargeMethod | Method | EsrganName | BroughtName;

const classical: readonly string[] = ['nearest', 'bicubic', 'lanczos'] satisfies EnlargeMethod[];

/** Depends on nothing but the picture. */
export const isClassical = (method: string): method is EnlargeMethod => classical.includes(method);
