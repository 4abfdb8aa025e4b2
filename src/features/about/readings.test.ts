import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readings } from '../../paper/config.ts';
import { options } from '../../paper/options.ts';
import { parseReadings, spansOf } from './readings.ts';

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
