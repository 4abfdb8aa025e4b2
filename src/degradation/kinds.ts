/** The degradations by name. */
export const degradationKinds = ['bicubic', 'realesrgan', 'realesrgan-test'] as const;
export type DegradationKind = (typeof degradationKinds)[number];

/** For people, in the order of tables. */
export const degradationTitles: Readonly<Record<DegradationKind, string>> = {
  bicubic: 'Bicubic ÷4',
  'realesrgan-test': 'Real-ESRGAN, test settings',
  realesrgan: 'Real-ESRGAN, training settings',
};
