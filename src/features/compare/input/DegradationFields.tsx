import { useState } from 'react';
import { degradationTitles } from '../../../degradation/settings.ts';
import type { CompareInput, DegradationName } from '../../../protocol/compare.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { maxSeed, parseSeed } from '../../../store/settings.ts';
import { type Choice, ChoiceField, Field } from '../../ui/fields.tsx';

/** @param downsamplers of the weights; undefined: not known yet */
const choices = (
  kind: CompareInput['kind'],
  downsamplers: EngineReady['downsamplers'] | undefined,
): readonly Choice<DegradationName>[] => [
  {
    value: 'given',
    label: kind === 'pair' ? 'The pair’s low-resolution picture' : 'The picture itself: it is low-resolution',
  },
  ...(['bicubic', 'realesrgan-test', 'realesrgan'] as const).map((value) => ({
    value,
    label: degradationTitles[value],
  })),
  ...(
    [
      ['learned', 'Learned: the trained G', 'ours'],
      ['learned-conv', 'Learned: the convolutional G', 'ours-conv'],
    ] as const
  ).map(([value, label, method]) => ({
    value,
    label,
    ...(downsamplers?.includes(method) === false && { lack: 'not among these weights' }),
  })),
];

const hints: Readonly<Record<DegradationName, string>> = {
  given: 'Use as is (already low-resolution).',
  bicubic: 'The picture is the ground truth; methods get a quarter of it.',
  'realesrgan-test': 'Blur, resizing, noise and JPEG, mild; the picture is the ground truth.',
  realesrgan: 'The full second-order chain; the picture is the ground truth.',
  learned: 'ŷ = G(concat(ε′, Enc(x))): what the downsampler of this project has learnt.',
  'learned-conv': 'The same with the convolutional downsampler of Tables III and IV.',
};

/** Degradations that draw noise or kernels. */
const drawn = (name: DegradationName) => name !== 'given' && name !== 'bicubic';

/** The degradation; a change makes the LR picture again and drops its results. */
export function DegradationFields({ input }: { readonly input: CompareInput }) {
  const { degradeInput } = useActions();
  const downsamplers = useAppState(({ engine }) => engine.ready?.downsamplers);
  const { name, seed } = input.degradation;
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft !== null && parseSeed(draft) === null;
  const commit = () => {
    const value = draft === null ? null : parseSeed(draft);
    if (value !== null && value !== seed) degradeInput(input.id, { name, seed: value });
    setDraft(null);
  };
  return (
    <>
      <ChoiceField<DegradationName>
        label="Low-resolution input"
        id="degradation"
        hint={hints[name]}
        value={name}
        choices={choices(input.kind, downsamplers)}
        onChange={(next) => degradeInput(input.id, { name: next, seed })}
      />
      {drawn(name) && (
        <Field
          label="Seed of the degradation"
          id="degradation-seed"
          hint={wrong ? `A whole number from 0 to ${maxSeed}.` : 'Press Enter to regenerate.'}
        >
          <input
            id="degradation-seed"
            type="text"
            inputMode="numeric"
            autoComplete="off"
            aria-describedby="degradation-seed-hint"
            aria-invalid={wrong}
            value={draft ?? String(seed)}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={commit}
            onKeyDown={(event) => event.key === 'Enter' && commit()}
          />
        </Field>
      )}
    </>
  );
}
