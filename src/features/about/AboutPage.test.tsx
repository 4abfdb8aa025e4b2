// @vitest-environment happy-dom
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { readings } from '../../paper/config.ts';
import { options } from '../../paper/options.ts';
import { AboutPage, parseReadings, spansOf } from './AboutPage.tsx';

describe('AboutPage', () => {
  it('leads to every page that it speaks of, and to no place outside', () => {
    render(<AboutPage />);
    const addresses = screen.getAllByRole('link').map((link) => link.getAttribute('href') ?? '');
    for (const page of ['upscale', 'train', 'compare', 'evaluate', 'models', 'diagnosis'])
      expect(addresses).toContain(`#/${page}`);
    expect(addresses.filter((address) => address.startsWith('http'))).toEqual([]);
  });

  it('lists the readings with the settings that choose them, and leads to the one that is asked for', async () => {
    location.hash = '#/about?reading=8.5';
    render(<AboutPage />);
    const heading = await screen.findByText(/^8\.5 Weights of the adversarial terms$/, {}, { timeout: 10_000 });
    expect(screen.getByText('Settings: Weight of D_H, Weight of D_L, Adversarial weights')).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(heading.closest('li')));
    expect(document.body.textContent).not.toContain('§');
  });
});

const all = parseReadings(readFileSync(resolve(import.meta.dirname, '../../paper/README.md'), 'utf8'));

describe('the readings of README.md', () => {
  it('are numbered without a gap, and each has a title and a paragraph', () => {
    expect(all.map(({ number }) => number)).toEqual(all.map((_, i) => `8.${i + 1}`));
    for (const { title, text } of all) {
      expect([title === '', text.length > 40, text.includes('Setting:')]).toEqual([false, true, false]);
    }
  });

  it('name the settings that choose them, as the table of settings does', () => {
    const listed = all.filter(({ settings }) => settings.length > 0).map(({ number, settings }) => [number, settings]);
    expect(Object.fromEntries(listed)).toEqual(readings);
    for (const name of Object.values(readings).flat()) expect(options).toHaveProperty(name);
  });
});

describe('spansOf', () => {
  it('tells text, code and links apart', () => {
    expect(spansOf('As [§8.13](#s8.13) with `snr`, see [§1.7](#s1.7).')).toEqual([
      { kind: 'text', text: 'As ' },
      { kind: 'reading', text: '8.13' },
      { kind: 'text', text: ' with ' },
      { kind: 'code', text: 'snr' },
      { kind: 'text', text: ', see ' },
      { kind: 'text', text: 'section 1.7' },
      { kind: 'text', text: '.' },
    ]);
  });

  it('leaves no section sign and no text out', () => {
    for (const { text } of all) {
      const spans = spansOf(text);
      const shown = spans.map((span) => span.text).join('');
      expect(shown).not.toContain('§');
      expect(shown.length).toBeGreaterThan(0.9 * text.length - 40);
    }
  });
});
