import { describe, expect, it } from 'vitest';
import { pageHref, pages, parseHash } from './router.ts';

describe('parseHash', () => {
  it('finds every page by its own address', () => {
    expect(pages.map((page) => parseHash(pageHref(page)))).toEqual([...pages]);
  });

  it('leaves what follows a question mark to the page', () => {
    expect(parseHash('#/train?seed=7')).toBe('train');
  });

  it('shows the first page for anything else', () => {
    for (const hash of ['', '#', '#/', '#/nothing', '#about', '#/about/more']) expect(parseHash(hash)).toBe('upscale');
  });
});
