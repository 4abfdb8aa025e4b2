/** The methods in words, and which of them is meant by the settings. */
import type { EngineReady, Method, MethodRequest } from '../../engine/protocol.ts';

export const methodNames: Readonly<Record<Method, string>> = {
  ours: 'Ours, one step',
  'ours-conv': 'Ours with a convolutional downsampler, one step',
  sinsr: 'SinSR, one step',
  resshift: 'ResShift teacher, 15 steps',
};

export const methodHints: Readonly<Record<Method, string>> = {
  ours: 'The student of the paper: one network step, co-trained with a diffusion downsampler and two discriminators.',
  'ours-conv': 'The same training with a convolutional downsampler in the diffusion one’s place (Tables III and IV).',
  sinsr: 'The student distilled from the teacher alone: one network step, no discriminators.',
  resshift: 'What the students learnt from: 15 network steps, so about 15 times slower.',
};

/** What the settings come to with the engine as it is: a request that its weights don't offer gives way to what runs. */
export function chosenMethod(request: MethodRequest, ready: EngineReady | null): MethodRequest {
  if (!ready) return request;
  return request !== 'auto' && ready.methods.includes(request) ? request : ready.method;
}
