/** The registry of methods: ids, names, steps and explanations for pages, command line and files. */
import { type EnlargeMethod, enlargeMethods } from '../imaging/resize.ts';
import { isTaught, type TaughtMethod, taughtName } from '../presets/teaching.ts';

/** Networks that upscale, each with weights of its own. A preset offers those that its weights hold. */
export type Network = ShippedNetwork | TaughtMethod;
type ShippedNetwork = 'ours' | 'ours-conv' | 'sinsr' | 'l2' | 'resshift';

/**
 * The teacher, sampled otherwise than `resshift` (all steps, ancestrally, as in Table I): `resshift@k` on a schedule respaced to k
 * indices, `resshift-det` by the deterministic chain whose end the students learn (eqs. 1, 2).
 */
export type TeacherSampling = `resshift@${number}` | 'resshift-det';

export type Method = Network | TeacherSampling;

/** auto: the first of `methods` that the preset offers. */
export type MethodRequest = Method | 'auto';

/** Every network that upscales, best first; the user's own are named by the weights alone. */
export const methods: readonly ShippedNetwork[] = ['ours', 'ours-conv', 'sinsr', 'l2', 'resshift'];

/** The faithful end of the detail dial: regression, which invents least. */
export const faithfulMethod = 'l2' satisfies Network;

/** Methods that the detail dial blends with the faithful one: students of one step on the same latents. */
export const isDetailed = (method: string): boolean =>
  isTaught(method) ||
  ((methods as readonly string[]).includes(method) && method !== faithfulMethod && method !== 'resshift');

/** The other samplings of a teacher of so many steps, in menus and tables. @param teacherSteps null: there is none */
export const teacherSamplings = (teacherSteps: number | null): readonly TeacherSampling[] =>
  teacherSteps === null
    ? []
    : [
        ...[1, 2, 4].filter((steps) => steps < teacherSteps).map((steps) => `resshift@${steps}` as const),
        'resshift-det',
      ];

/** UpscalerJS's ×4 models. */
export const esrganNames = ['esrgan-slim', 'esrgan-medium', 'esrgan-thick'] as const;
export type EsrganName = (typeof esrganNames)[number];

/** Networks that the Upscale page runs: those of the weights, and those that come beside them. */
export type UpscaleMethod = Method | EsrganName;
export type UpscaleRequest = MethodRequest | EsrganName;

/** The user's ONNX model: by its id on the page, by its path on the command line. */
export type UserOnnxName = `onnx:${string}`;
export type ExternalMethod = EsrganName | UserOnnxName;

/** Outputs of another program that lie in a folder, by the name that they are given for tables. */
export type FinishedMethod = `result:${string}`;

/** Methods that need no other file than the preset's weights. */
export type OwnMethod = EnlargeMethod | 'autoencoder' | Method;

/** Methods that see the LR picture alone. */
export type CompareMethod = EnlargeMethod | Method | ExternalMethod;

/** `autoencoder` encodes and decodes the HR picture: the ceiling of every method that works on its latents. */
export type ComputedMethod = OwnMethod | ExternalMethod;
export type EvaluationMethod = ComputedMethod | FinishedMethod;

/** Methods that a comparison can have, the simplest first. @param weights the preset's; null: not known yet. @param models of the user's */
export const offeredMethods = (
  weights: { readonly methods: readonly Method[]; readonly teacherSteps: number | null } | null,
  models: readonly { readonly name: UserOnnxName }[],
): readonly CompareMethod[] => [
  ...enlargeMethods,
  ...teacherSamplings(weights?.teacherSteps ?? null),
  ...[...methods].reverse().filter((method) => weights?.methods.includes(method) ?? true),
  ...(weights?.methods.filter(isTaught) ?? []),
  ...esrganNames,
  ...models.map(({ name }) => name),
];

/** Every method of this project, in the order of tables: the simplest first, the paper's last. */
export const evaluationMethods: readonly OwnMethod[] = [...enlargeMethods, 'autoencoder', ...[...methods].reverse()];

export const isEsrgan = (name: string): name is EsrganName => (esrganNames as readonly string[]).includes(name);
export const isExternal = (name: string): name is ExternalMethod => isEsrgan(name) || /^onnx:./.test(name);
export const isFinished = (name: string): name is FinishedMethod => /^result:./s.test(name);
export const isTeacherSampling = (name: string): name is TeacherSampling =>
  /^resshift(?:@[1-9]\d{0,3}|-det)$/.test(name);
export const isNetwork = (name: string): name is Method =>
  (methods as readonly string[]).includes(name) || isTeacherSampling(name) || isTaught(name);
/** Whether tables know a row of this name. */
export const isMethodName = (name: string): name is EvaluationMethod =>
  (evaluationMethods as readonly string[]).includes(name) ||
  isTeacherSampling(name) ||
  isTaught(name) ||
  isExternal(name) ||
  isFinished(name);
/** The network that a method evaluates. */
export const networkOf = (method: Method): Network => (isTeacherSampling(method) ? 'resshift' : method);
/** Whether it is the teacher, however sampled. */
export const isTeacher = (method: EvaluationMethod): boolean => isNetwork(method) && networkOf(method) === 'resshift';

/** Rises when a method's name comes to stand for another picture: results of an earlier version are made anew. */
export const methodVersion = (method: EvaluationMethod): number =>
  // 1 was the deterministic chain.
  method === 'resshift' ? 2 : 1;

/** For keys of kept results, in which the first version is not named: they are older than versions. */
export const laterVersion = (method: EvaluationMethod): readonly number[] =>
  [methodVersion(method)].filter((version) => version > 1);

/** Indices that `resshift@k` keeps; null for other methods. */
export function respacedSteps(method: EvaluationMethod): number | null {
  const found = /^resshift@(\d+)$/.exec(method);
  return found ? Number(found[1]) : null;
}
/** Interpolation: its result depends on the picture alone. */
export const isClassical = (name: string): name is EnlargeMethod =>
  (enlargeMethods as readonly string[]).includes(name);

interface MethodEntry {
  readonly title: string;
  /** For a pane's corner; the title where it is short enough. */
  readonly short?: string;
  readonly explanation: string;
}

const registry: Readonly<Record<Exclude<OwnMethod, TeacherSampling | TaughtMethod> | EsrganName, MethodEntry>> = {
  nearest: { title: 'nearest', explanation: 'Nearest-neighbour interpolation.' },
  bicubic: { title: 'bicubic', explanation: 'Bicubic interpolation.' },
  lanczos: { title: 'Lanczos', explanation: 'Lanczos interpolation, three lobes.' },
  autoencoder: {
    title: 'autoencoder of HR',
    explanation:
      'The round trip of the HR picture through the autoencoder: the ceiling of all that works on its latents.',
  },
  resshift: {
    title: 'teacher (ResShift)',
    short: 'teacher',
    explanation:
      'The network that the students learnt from. It runs all of its steps in sequence, so it takes as many times longer.',
  },
  sinsr: {
    title: 'SinSR',
    explanation: 'The student distilled from the teacher alone: one network step, no discriminators.',
  },
  l2: {
    title: 'L2',
    explanation: 'A student trained on the L2 distance to the true picture alone: one network step, faithful and soft.',
  },
  'ours-conv': {
    title: 'ours (conv G)',
    explanation:
      'The same training with a convolutional downsampler in place of the diffusion one (Tables III and IV).',
  },
  ours: {
    title: 'ours',
    explanation:
      'The student of the paper: one network step, co-trained with a diffusion downsampler and two discriminators.',
  },
  'esrgan-slim': { title: 'ESRGAN slim', explanation: 'UpscalerJS, the smallest and fastest' },
  'esrgan-medium': { title: 'ESRGAN medium', explanation: 'UpscalerJS' },
  'esrgan-thick': { title: 'ESRGAN thick', explanation: 'UpscalerJS, large: slow without a GPU' },
};

const fileOf = (name: UserOnnxName): string => name.slice('onnx:'.length).split(/[\\/]/).at(-1) ?? name;

const samplingExplanation = (sampling: TeacherSampling) =>
  sampling === 'resshift-det'
    ? 'The teacher without randomness after its first noise: the chain whose end the students learn.'
    : 'The teacher on a schedule of fewer steps, evenly spaced among its own.';

function entryOf(method: EvaluationMethod): MethodEntry {
  if (isTaught(method))
    return { title: taughtName(method), explanation: 'Ours, taught on pictures of the user’s own: one network step.' };
  if (isTeacherSampling(method)) return { ...registry.resshift, explanation: samplingExplanation(method) };
  if (isFinished(method))
    return { title: method.slice('result:'.length), explanation: 'Outputs of another program, from files.' };
  if (isEsrgan(method) || !isExternal(method)) return registry[method];
  return { title: fileOf(method), explanation: 'An ONNX model of the user’s.' };
}

/** "4 steps", "2 of 15 steps", "15 steps, deterministic"; empty for other methods, and where nothing is known. */
function samplingText(method: EvaluationMethod, teacherSteps?: number | null): string {
  const count = (steps: number) => `${steps} ${steps === 1 ? 'step' : 'steps'}`;
  const kept = respacedSteps(method);
  if (kept !== null) return teacherSteps && teacherSteps !== kept ? `${kept} of ${count(teacherSteps)}` : count(kept);
  const all = teacherSteps ? [count(teacherSteps)] : [];
  if (method === 'resshift-det') return [...all, 'deterministic'].join(', ');
  return method === 'resshift' ? all.join('') : '';
}

/**
 * The method's name, the same everywhere: "ours", "teacher (ResShift, 4 steps)"; an ONNX file's own name.
 * @param teacherSteps length of the teacher's schedule; null or undefined where it is not known, and then not named
 */
export function methodTitle(method: EvaluationMethod, teacherSteps?: number | null): string {
  const sampling = samplingText(method, teacherSteps);
  return sampling ? `teacher (ResShift, ${sampling})` : entryOf(method).title;
}

/** The name for a pane's corner: "teacher (4 steps)". @param teacherSteps as in `methodTitle` */
export function shortMethodTitle(method: EvaluationMethod, teacherSteps?: number | null): string {
  const sampling = samplingText(method, teacherSteps);
  const { short, title } = entryOf(method);
  return sampling ? `teacher (${sampling})` : (short ?? title);
}

export const methodExplanation = (method: EvaluationMethod): string => entryOf(method).explanation;
