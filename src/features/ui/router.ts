/** Pages by the address's hash: works from any folder and offline, and the back button does what it should. */
import { useSyncExternalStore } from 'react';

export const pages = [
  'upscale',
  'train',
  'compare',
  'gallery',
  'evaluate',
  'models',
  'diagnosis',
  'about',
  'tour',
] as const;
export type Page = (typeof pages)[number];

/** Those that the header names; the tour has its links where somebody is new. */
export const headerPages: readonly Page[] = pages.filter((page) => page !== 'tour');

export const pageTitles: Readonly<Record<Page, string>> = {
  upscale: 'Upscale',
  train: 'Train',
  compare: 'Compare',
  gallery: 'Gallery',
  evaluate: 'Evaluate',
  models: 'Models',
  diagnosis: 'Diagnosis',
  about: 'About',
  tour: 'Tour',
};

/** An unknown or empty hash is the first page; what stands behind a question mark is the page's own. */
export const parseHash = (hash: string): Page => pages.find((page) => hash.split('?')[0] === `#/${page}`) ?? 'upscale';

export const pageHref = (page: Page): string => `#/${page}`;

/** A reading of the paper, "8.5", on the About page. */
export const readingHref = (reading: string): string => `${pageHref('about')}?reading=${reading}`;

/** The reading that an address asks for; null: none. */
const readingIn = (hash: string): string | null => /^#\/about\?reading=([\d.]+)$/.exec(hash)?.[1] ?? null;

function listen(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export const usePage = (): Page => useSyncExternalStore(listen, () => parseHash(location.hash));

export const useReading = (): string | null => useSyncExternalStore(listen, () => readingIn(location.hash));

export function goTo(page: Page): void {
  location.hash = pageHref(page);
}
