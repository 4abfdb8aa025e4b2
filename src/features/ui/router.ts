/**
 * Pages by the address's hash: works from any folder and offline, and the back button does what it should. Behind a page stand
 * its values (method, seed, view), read once when the page opens and kept up to date after.
 */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useApp } from '../../store/context.ts';
import { parseSeed } from '../../store/settings.ts';
import type { AppState } from '../../store/state.ts';
import type { Actions } from '../../store/store.ts';

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

/** Takes a link's values over, and notes those that can't be. */
export class LinkReader {
  readonly #parameters: URLSearchParams;
  readonly #refused: string[] = [];

  constructor(query: string) {
    this.#parameters = new URLSearchParams(query);
  }

  /** @param read null: the value can't be. @returns null where the link has none, or one that can't be */
  take<T>(name: string, read: (text: string) => T | null): T | null {
    const text = this.#parameters.get(name);
    if (text === null) return null;
    const value = read(text);
    if (value === null) this.#refused.push(`${name} “${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`);
    return value;
  }

  seed = (): number | null => this.take('seed', parseSeed);

  oneOf = <T extends string>(name: string, allowed: readonly T[]): T | null =>
    this.take(name, (text) => allowed.find((value) => value === text) ?? null);

  /** One sentence on all that was refused; null: nothing was. */
  get fault(): string | null {
    if (this.#refused.length === 0) return null;
    const one = this.#refused.length === 1;
    return `The link’s ${this.#refused.join(', ')} ${one ? 'is' : 'are'} not to be had here, so ${one ? 'that' : 'those'} stayed as before.`;
  }
}

export interface PageLink {
  readonly page: Page;
  /** The values that the address keeps; null: not known yet. */
  readonly values: (state: AppState) => Readonly<Record<string, string>> | null;
  /** Called once the page's values are known. */
  readonly read: (link: LinkReader, state: AppState, actions: Actions) => void;
}

const queryOf = (hash: string): string => hash.split('?')[1] ?? '';

/** Commas and colons stay legible: they mean nothing in a hash. */
const hrefOf = (page: Page, values: Readonly<Record<string, string>>): string =>
  `${pageHref(page)}?${new URLSearchParams(values)}`.replaceAll('%2C', ',').replaceAll('%3A', ':');

/** The part of an address that a page keeps. */
interface Address {
  readonly page: Page;
  /** Null: not known yet. */
  readonly values: () => Readonly<Record<string, string>> | null;
  /** Called once the values are known. */
  readonly read: (link: LinkReader) => void;
  /** Tells of every change of the values; returns the function that stops. */
  readonly listen: (changed: () => void) => () => void;
  /** Milliseconds without a change before the address follows: browsers take few changes a second. */
  readonly settle?: number;
}

/** @param address the same object on every render */
export function useAddress(address: Address): void {
  const { actions } = useApp();
  useEffect(() => {
    const { page, values, read, listen, settle = 0 } = address;
    let unread = queryOf(location.hash);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = () => {
      timer = undefined;
      const now = parseHash(location.hash) === page ? values() : null;
      const href = now && hrefOf(page, now);
      if (href && href !== location.hash) history.replaceState(null, '', href);
    };
    const show = () => {
      if (parseHash(location.hash) !== page || values() === null) return;
      if (unread !== '') {
        const reader = new LinkReader(unread);
        unread = '';
        read(reader);
        if (reader.fault) actions.notify('warning', reader.fault);
      }
      clearTimeout(timer);
      if (settle === 0) write();
      else timer = setTimeout(write, settle);
    };
    const arrive = () => {
      if (parseHash(location.hash) === page) unread = queryOf(location.hash);
      show();
    };
    show();
    const stop = listen(show);
    window.addEventListener('hashchange', arrive);
    return () => {
      stop();
      clearTimeout(timer);
      window.removeEventListener('hashchange', arrive);
    };
  }, [address, actions]);
}

/** @param link the same object on every render */
export function usePageLink(link: PageLink): void {
  const { store, actions } = useApp();
  const address = useMemo<Address>(
    () => ({
      page: link.page,
      values: () => link.values(store.getState()),
      read: (reader) => link.read(reader, store.getState(), actions),
      listen: store.subscribe,
    }),
    [link, store, actions],
  );
  useAddress(address);
}
