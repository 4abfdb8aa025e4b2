import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDate,
  formatMegapixels,
  formatMilliseconds,
  formatPsnr,
  formatSeconds,
  formatTwoDigits,
  roughTime,
} from './format.ts';

describe('formatBytes', () => {
  it('keeps two figures and changes unit before a thousand', () => {
    expect([0, 1023, 1024, 1536, 10 * 2 ** 20, 1023.9 * 2 ** 20, 512 * 2 ** 20].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1 KB',
      '2 KB',
      '10 MB',
      '1.0 GB',
      '512 MB',
    ]);
  });
});

describe('formatPsnr', () => {
  it('says of equal pictures that they are', () => {
    expect([24.306, Number.POSITIVE_INFINITY].map(formatPsnr)).toEqual(['24.31 dB', 'identical']);
  });
});

it('says an estimate no more exactly than it is', () => {
  expect([0.2, 44.6, 89, 90, 3206, 5500].map(roughTime)).toEqual(['1 s', '45 s', '89 s', '2 min', '53 min', '1.5 h']);
});

describe('formatSeconds', () => {
  it('is as exact as the length deserves', () => {
    expect([0, 0.42, 9.94, 9.96, 59.6, 185, 4800].map(formatSeconds)).toEqual([
      'under 0.1 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '1 min 00 s',
      '3 min 05 s',
      '1 h 20 min',
    ]);
  });
});

describe('formatDate', () => {
  it('has the day only where it is another one', () => {
    const now = new Date(2026, 10, 24, 20, 0).getTime();
    expect(formatDate(new Date(2026, 10, 24, 9, 5).getTime(), now)).toBe('09:05');
    expect(formatDate(new Date(2026, 10, 3, 14, 5).getTime(), now)).toBe('3 Nov, 14:05');
  });
});

describe('formatMilliseconds', () => {
  it('goes over to seconds', () => {
    expect([0.4, 85.4, 1200].map(formatMilliseconds)).toEqual(['0 ms', '85 ms', '1.2 s']);
  });
});

describe('formatTwoDigits', () => {
  it('writes large numbers in full: no power of ten', () => {
    expect([0.0123, 4.53, 99.4, 99.6, 123.4, 4567].map(formatTwoDigits)).toEqual([
      '0.012',
      '4.5',
      '99',
      '100',
      '123',
      '4,567',
    ]);
    expect([-250, Number.POSITIVE_INFINITY].map(formatTwoDigits)).toEqual(['-250', '∞']);
  });
});

describe('formatMegapixels', () => {
  it('shows small images too', () => {
    expect([0.004096, 0.065536, 1.05, 12.3].map(formatMegapixels)).toEqual([
      'under 0.01 MP',
      '0.07 MP',
      '1.1 MP',
      '12 MP',
    ]);
  });
});
