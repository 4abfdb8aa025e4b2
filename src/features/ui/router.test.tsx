// @vitest-environment happy-dom
import { act } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import type { CompareState } from '../../protocol/compare.ts';
import type { EngineReady } from '../../protocol/upscale.ts';
import { compareLink } from '../compare/use-compare.ts';
import { upscaleLink } from '../upscale/UpscalePage.tsx';
import { LinkReader, type PageLink, usePageLink } from './router.ts';

const ready = { method: 'ours', methods: ['ours', 'sinsr'], teacherSteps: null, downsamplers: ['ours'] };
const compare = { inputs: [], selected: null, prepared: null, results: [], models: [], revision: 0, fault: null };

function Linked({ link }: { readonly link: PageLink }) {
  usePageLink(link);
  return null;
}

/** The page behind this address, once its engine is ready. */
function open(link: PageLink, hash: string) {
  location.hash = hash;
  const page = render(<Linked link={link} />);
  page.emit({ type: 'compare-state', state: { ...compare, methods: ['bicubic', 'ours'] } as unknown as CompareState });
  page.emit({ type: 'engine-ready', ready: ready as unknown as EngineReady });
  return {
    ...page,
    state: page.app.store.getState,
    messages: () => page.app.store.getState().notices.list.map((n) => n.message),
  };
}

beforeEach(() => {
  location.hash = '';
});

describe('LinkReader', () => {
  it('puts all that it refuses into one sentence', () => {
    const link = new LinkReader('seed=-1&view=upside-down&method=ours');
    expect([link.seed(), link.oneOf('view', ['slider']), link.oneOf('method', ['ours'])]).toEqual([null, null, 'ours']);
    expect(link.fault).toBe(
      'The link’s seed “-1”, view “upside-down” are not to be had here, so those stayed as before.',
    );
    expect(new LinkReader('').fault).toBeNull();
  });
});

describe('the address of Upscale', () => {
  it('gives method, seed and view, and is kept up to date', () => {
    const { state, app } = open(upscaleLink, '#/upscale?method=sinsr&seed=7&view=output');
    expect(state().settings.options).toMatchObject({ method: 'sinsr', seed: 7 });
    expect(state().view.mode).toBe('output');
    expect(location.hash).toBe('#/upscale?method=sinsr&seed=7&view=output');
    act(() => app.actions.setOptions({ seed: 8, method: 'esrgan-slim' }));
    expect(location.hash).toBe('#/upscale?method=esrgan-slim&seed=8&view=output');
  });

  it('refuses what is not here in one sentence, which changes nothing', () => {
    const { state, messages, sent } = open(upscaleLink, '#/upscale?method=ours-conv&seed=1e99');
    expect(messages()).toEqual([
      'The link’s method “ours-conv”, seed “1e99” are not to be had here, so those stayed as before.',
    ]);
    expect(state().settings.options).toMatchObject({ method: 'auto', seed: 42 });
    expect(sent).toEqual([]);
    expect(location.hash).toBe('#/upscale?method=ours&seed=42&view=slider');
  });
});

it('a choice made just before the page goes is kept', () => {
  const { app } = open(upscaleLink, '#/upscale');
  app.actions.setOptions({ seed: 77 });
  window.dispatchEvent(new Event('pagehide'));
  expect(open(upscaleLink, '#/upscale').state().settings.options.seed).toBe(77);
});

describe('the address of Compare', () => {
  const hash =
    '#/compare?methods=lanczos,ours&seed=9&view=side-by-side&left=lanczos&right=truth&degradation=realesrgan:3';

  it('gives methods, pair, view and the degradation of the pictures that come next', () => {
    const { state, sent, messages, app } = open(compareLink, hash);
    expect(state().compare.view).toMatchObject({ mode: 'side-by-side', left: 'lanczos', right: 'truth' });
    expect(state().settings.options.seed).toBe(9);
    expect(sent).toEqual([{ type: 'compare-choose', methods: ['lanczos', 'ours'], revision: 1 }]);
    expect([messages(), location.hash]).toEqual([[], hash]);
    act(() => app.actions.addToCompare([]));
    expect(sent.at(-1)).toMatchObject({ type: 'compare-add', degradation: { name: 'realesrgan', seed: 3 } });
  });

  it('changes the picture on screen only where that was made otherwise', () => {
    location.hash = hash;
    const page = render(<Linked link={compareLink} />);
    const input = { id: 'a', name: 'a.png', kind: 'single', degradation: { name: 'given', seed: 0 } };
    const state = { ...compare, inputs: [input], selected: 'a', methods: ['lanczos', 'ours'] };
    page.emit({ type: 'compare-state', state: state as unknown as CompareState });
    page.emit({ type: 'engine-ready', ready: ready as unknown as EngineReady });
    expect(page.sent).toEqual([
      { type: 'compare-degrade', id: 'a', degradation: { name: 'realesrgan', seed: 3 }, revision: 1 },
    ]);
  });

  it('refuses a foreign model, one method alone, and a G that does not ship', () => {
    const { state, messages, sent } = open(
      compareLink,
      '#/compare?methods=ours&left=onnx:7&degradation=learned-conv:1&view=slider',
    );
    expect(messages()).toEqual([
      'The link’s methods “ours”, left “onnx:7”, degradation “learned-conv:1” are not to be had here, so those stayed as before.',
    ]);
    expect(sent).toEqual([]);
    expect(state().compare.linked).toBeNull();
  });
});
