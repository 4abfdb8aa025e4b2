import { describe, expect, it } from 'vitest';
import { percentOf, predictionText, stateText } from './QueueRow.tsx';

const prediction = { outWidth: 256, outHeight: 256, run: { tiles: 4, peakBytes: 200 * 2 ** 20, seconds: 2.5 } };
const idle = { state: 'ready', prediction, progress: null, result: null, message: null } as const;

describe('predictionText', () => {
  it('says time, memory and tiles before the run', () => {
    expect(predictionText({ prediction })).toBe('about 2.5 s · 200 MB · 4 tiles');
  });

  it('invents nothing before the engine has chosen and timed its tile', () => {
    expect(predictionText({ prediction: { ...prediction, run: null } })).toBe('time and memory not known yet');
  });
});

describe('stateText', () => {
  it('names each state', () => {
    expect(stateText(idle)).toBe('Ready');
    expect(stateText({ ...idle, state: 'waiting' })).toBe('Waiting');
    expect(stateText({ ...idle, state: 'running' })).toBe('Starting');
    expect(stateText({ ...idle, state: 'failed', message: 'No memory.' })).toBe('Failed: No memory.');
  });

  it('shows tiles and the time left with its band', () => {
    const progress = { done: 3, total: 12, etaSeconds: 14, etaBand: 2 };
    expect(stateText({ ...idle, state: 'running', progress })).toBe('3 of 12 tiles, 14 s ± 2.0 s left');
    expect(stateText({ ...idle, state: 'paused', progress })).toBe('Paused, 3 of 12 tiles kept');
    expect(stateText({ ...idle, state: 'running', progress: { ...progress, etaBand: 0.1 } })).toBe(
      '3 of 12 tiles, 14 s left',
    );
    expect(percentOf({ progress })).toBe(25);
  });

  it('shows no time before the first tile', () => {
    const progress = { done: 0, total: 12, etaSeconds: null, etaBand: null };
    expect(stateText({ ...idle, state: 'running', progress })).toBe('0 of 12 tiles');
    expect(percentOf({ progress: { ...progress, total: 0 } })).toBe(0);
  });
});
