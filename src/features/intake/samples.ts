/** The sample pictures of the gallery, with what their licences ask us to say. `scripts/make-samples.mjs` makes the files from this list. */
export interface Sample {
  readonly file: string;
  /** File of the evaluation pack it was made from. */
  readonly source: string;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly author: string;
  readonly licence: string;
}

const small = { width: 64, height: 64 };

export const samples: readonly Sample[] = [
  {
    ...small,
    file: 'parrot.png',
    source: 'crop_animal_parrot.png',
    title: 'Parrot',
    author: 'Skitterphoto',
    licence: 'CC0 1.0',
  },
  {
    ...small,
    file: 'astronaut.png',
    source: 'crop_face_astronaut.png',
    title: 'Astronaut',
    author: 'NASA',
    licence: 'Public domain',
  },
  {
    ...small,
    file: 'coffee.png',
    source: 'crop_objects_coffee.png',
    title: 'Coffee',
    author: 'Rachel Michetti / Pikolo Espresso Bar',
    licence: 'CC0',
  },
  {
    ...small,
    file: 'tulips.png',
    source: 'crop_flower_tmshre-riaphotograph.png',
    title: 'Tulips',
    author: 'riaphotographs (wesaturate)',
    licence: 'CC0 1.0',
  },
  {
    ...small,
    file: 'sign.png',
    source: 'crop_text_sign-e1.png',
    title: 'Sign',
    author: 'this project',
    licence: 'CC0',
  },
  {
    width: 256,
    height: 192,
    file: 'raccoon.png',
    source: 'large_raccoon.webp',
    title: 'Raccoon',
    author: 'public-domain-image.com',
    licence: 'Public domain',
  },
];

export const sampleUrl = (sample: Sample): string => `samples/${sample.file}`;
export const creditOf = (sample: Sample): string => `${sample.author}, ${sample.licence}`;

/** @throws when it can't be loaded */
export async function loadSample(sample: Sample): Promise<File> {
  const response = await fetch(sampleUrl(sample));
  if (!response.ok) throw new Error(`${sample.file}: ${response.status}`);
  return new File([await response.blob()], sample.file, { type: 'image/png' });
}
