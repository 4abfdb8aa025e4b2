/** The methods in words, and which of them is meant by the settings. */
import type { EngineReady } from '../../protocol/upscale.ts';
import type { Method, MethodRequest } from '../../report/methods.ts';

export const methodNames: Readonly<Record<Method, string>> = {
  ours: 'Ours, one step',
  'ours-conv': 'Ours with a convolutional downsampler, one step',
  sinsr: 'SinSR, one step',
  l2: 'L2 regression, one step',
  resshift: 'ResShift teacher',
};

export const methodHints: Readonly<Record<Method, string>> = {
  ours: 'The student of the paper: one network step, co-trained with a diffusion downsampler and two discriminators.',
  'ours-conv': 'The same training with a convolutional downsampler in the diffusion one’s place (Tables III and IV).',
  sinsr: 'The student distilled from the teacher alone: one network step, no discriminators.',
  l2: 'A student trained by the distance to the true picture alone: one network step, faithful and soft.',
  resshift: 'What the students learnt from: all of its steps, one after the other, so as many times slower.',
};

/** With the steps of the teacher that is there: the published ones take 15 or 4. */
export const methodLabel = (method: Method, { teacherSteps }: Pick<EngineReady, 'teacherSteps'>): string =>
  method === 'resshift' && teacherSteps !== null
    ? `${methodNames.resshift}, ${teacherSteps} steps`
    : methodNames[method];

/** What the settings come to with the engine as it is: a request that its weights don't offer gives way to what runs. */
export function chosenMethod(request: MethodRequest, ready: EngineReady | null): MethodRequest {
  if (!ready) return request;
  return request !== 'auto' && ready.methods.includes(request) ? request : ready.method;
}
