import { useState } from 'react';
import { degradationTitles } from '../../../degradation/settings.ts';
import type { CompareInput, DegradationName } from '../../../protocol/compare.ts';
import { useActions } from '../../../store/context.ts';
import { maxSeed, parseSeed } from '../../../store/settings.ts';
import { type Choice, ChoiceField, Field } from '../../ui/fields.tsx';

const choices = (kind: CompareInput['kind']): readonly Choice<DegradationName>[] => [
  {
    value: 'given',
    label: kind === 'pair' ? 'The pair’s low-resolution picture' : 'The picture itself: it is low-resolution',
  },
  ...(['bicubic', 'realesrgan-test', 'realesrgan'] as const).map((value) => ({
    value,
    label: degradationTitles[value],
  })),
  { value: 'learned', label: 'Learned: the trained G' },
  { value: 'learned-conv', label: 'Learned: the convolutional G' },
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
        choices={choices(input.kind)}
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
