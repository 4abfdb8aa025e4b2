import { afterEach, expect, it, vi } from 'vitest';
import { type GalleryIndex, galleryFile } from '../../report/gallery.ts';
import { errorFacts, gallery, mostBitmaps, openGallery, setView, show, subjectOf } from './gallery.ts';

/** With the input and the truth, three files a picture. */
const count = mostBitmaps / 3 + 1;
const nameOf = (i: number) => `picture${i}`;
const index: GalleryIndex = {
  version: 1,
  seed: 42,
  pictures: Array.from({ length: count }, (_, i) => ({ name: nameOf(i), title: '', credit: '', width: 8, height: 8 })),
  sets: [
    {
      degradation: 'bicubic',
      runs: [
        {
          method: 'bicubic',
          title: 'bicubic',
          fingerprint: '',
          scores: Object.fromEntries(Array.from({ length: count }, (_, i) => [nameOf(i), { psnrY: 20, lpips: 0.5 }])),
        },
      ],
    },
  ],
};

/** Bitmaps that know whether they were closed, and files that come when they are let through. */
function browser(missing: string) {
  const isClosed = new Set<unknown>();
  const held: (() => void)[] = [];
  const state = { isHeld: false, questions: [] as { key: string }[], answer: (_key: string) => {} };
  vi.stubGlobal('fetch', async (path: string) => {
    if (path.endsWith('index.json')) return Response.json(index);
    if (state.isHeld) await new Promise<void>((resolve) => held.push(resolve));
    return new Response('', { status: path.endsWith(missing) ? 404 : 200 });
  });
  vi.stubGlobal('createImageBitmap', async () => {
    const bitmap = { close: () => isClosed.add(bitmap) };
    return bitmap;
  });
  vi.stubGlobal('ImageData', class {});
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => ({ drawImage: () => {}, getImageData: () => ({ data: new Uint8ClampedArray(256) }) });
    },
  );
  vi.stubGlobal(
    'Worker',
    class {
      onmessage = (_event: unknown) => {};
      postMessage(question: { key: string }) {
        state.questions.push(question);
        state.answer = (key) =>
          this.onmessage({ data: { key, picture: { width: 8, height: 8, data: [] }, mean: 0, most: 0 } });
      }
    },
  );
  const release = () => {
    state.isHeld = false;
    for (const go of held.splice(0)) go();
  };
  return { isClosed, state, release };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const layers = () => [...(subjectOf(gallery.getState())?.layers.values() ?? [])];

afterEach(() => void vi.unstubAllGlobals());

it('says what to do without a network', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await openGallery();
  expect(gallery.getState().fault).toBe('index.json can’t be loaded: check the connection, then try again.');
});

it('keeps what is on screen while the next picture comes, shows nothing for a file that is missing, maps one pair at a time', async () => {
  const missing = galleryFile(nameOf(1), 'bicubic', 'truth');
  const { isClosed, state, release } = browser(missing);
  await openGallery();
  await settled();
  // As many as are kept; then back to the first, which came first.
  for (let i = 2; i < count; i++) {
    show({ picture: nameOf(i) });
    await settled();
  }
  show({ picture: nameOf(0) });
  await settled();
  expect(layers()).toHaveLength(3);
  const first = layers();
  state.isHeld = true;
  show({ picture: nameOf(1) });
  setView({ left: 'bicubic', right: 'truth', zoom: 3, fit: false });
  await settled();
  // The old picture stays, and moves with the view.
  expect(layers()).toEqual(first);
  expect(subjectOf(gallery.getState())?.view.zoom).toBe(3);
  release();
  await settled();
  expect(first.some((bitmap) => isClosed.has(bitmap))).toBe(false);
  expect(isClosed.size).toBeGreaterThan(0);
  // The truth is missing: an old picture under this one's name would lie.
  expect(gallery.getState().fault).toContain(missing);
  expect(subjectOf(gallery.getState())).toBeNull();
  setView({ right: 'lr' });
  await settled();
  expect(layers()).toHaveLength(2);

  setView({ mode: 'difference', left: 'bicubic', right: 'lr', full: 32 });
  const facts = () => errorFacts(gallery.getState());
  expect(facts()).toBeNull();
  setView({ full: 'flip' });
  expect(facts()).toBeNull();
  expect(state.questions).toHaveLength(1);
  state.answer(state.questions[0]?.key ?? '');
  await settled();
  expect(facts()).toBeNull();
  expect(state.questions).toHaveLength(2);
  state.answer(state.questions[1]?.key ?? '');
  await settled();
  expect(facts()).toMatchObject({ mean: 0 });
});
