// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { JobState } from '../../../protocol/upscale.ts';
import { memoryText, percentOf, predictionText, QueueRow, stateText } from './QueueRow.tsx';

const prediction = { outWidth: 256, outHeight: 256, run: { tiles: 4, peakBytes: 200 * 2 ** 20, seconds: 2.5 } };
const idle = {
  state: 'ready',
  asked: null,
  isProvisional: false,
  isKept: true,
  prediction,
  progress: null,
  result: null,
  message: null,
} as const;

describe('predictionText', () => {
  it('says time, memory and tiles before the run', () => {
    expect(predictionText(idle)).toBe('about 2.5 s · 200 MB · 4 tiles');
  });

  it('invents nothing before the engine has chosen and timed its tile', () => {
    expect(predictionText({ ...idle, prediction: { ...prediction, run: null } })).toBe(
      'Time known when the engine has started',
    );
  });
});

describe('memoryText', () => {
  const large = { ...prediction, outWidth: 16_384, outHeight: 16_384 };
  const of = (outPixels: typeof prediction, gigabytes?: number) => {
    Object.defineProperty(navigator, 'deviceMemory', { value: gigabytes, configurable: true });
    return memoryText({ prediction: outPixels });
  };

  it('says before the run that a picture may be too much for the tab, and what to do', () => {
    expect(of(large, 4)).toBe(
      'Needs about 3.3 GB of memory with its result, and a tab here has about 2.0 GB: take a part, or half the size.',
    );
    expect([of(large, 8), of(large), of(prediction, 0.5)]).toEqual([null, null, null]);
    const heavy = { ...large, run: { ...large.run, peakBytes: 2 ** 30 } };
    expect(of(heavy)).toMatch(/^Needs about 4\.1 GB .* about 4\.0 GB/);
  });
});

describe('stateText', () => {
  it('names each state', () => {
    expect(stateText(idle)).toBe('Ready');
    expect(stateText({ ...idle, state: 'waiting' })).toBe('Waiting');
    expect(stateText({ ...idle, state: 'running' })).toBe('2.5 s left');
    expect(stateText({ ...idle, state: 'failed', message: 'No memory.' })).toBe('Failed: No memory.');
  });

  it('calls nothing ready that the tab would take with it', () => {
    const read = { ...idle, isProvisional: true, isKept: false };
    expect(stateText(read)).toBe('Reading …');
    expect(stateText({ ...read, asked: 'run' })).toBe('Waiting to be read');
    expect(stateText({ ...idle, isKept: false })).toBe('Ready, while this page is open');
  });

  it('shows tiles and the time left with its band', () => {
    const progress = { done: 3, total: 12, share: 0.25, etaSeconds: 14, etaBand: 2 };
    expect(stateText({ ...idle, state: 'running', progress })).toBe('3 of 12 tiles, 14 s ± 2.0 s left');
    expect(stateText({ ...idle, state: 'paused', progress })).toBe('Paused, 3 of 12 tiles kept');
    expect(stateText({ ...idle, state: 'running', progress: { ...progress, etaBand: 0.1 } })).toBe(
      '3 of 12 tiles, 14 s left',
    );
    expect(percentOf({ progress })).toBe(25);
  });

  it('shows the predicted time before the first tile', () => {
    const progress = { done: 0, total: 12, share: 0, etaSeconds: null, etaBand: null };
    expect(stateText({ ...idle, state: 'running', progress })).toBe('0 of 12 tiles, 2.5 s left');
    expect(stateText({ ...idle, asked: 'stop', state: 'running', progress })).toBe('Stopping …');
    expect(percentOf({ progress: { ...progress, share: 0.335 } })).toBe(34);
  });
});

const row = (state: JobState, message: string | null = null) =>
  render(
    <ul>
      <QueueRow id="a" />
    </ul>,
    (_, emit) => {
      emit({
        type: 'image-added',
        image: { id: 'a', name: 'owl.png', width: 64, height: 64, hasAlpha: false, bytes: 100 },
        state,
        prediction,
        result: null,
        isKept: true,
        thumbnail: { width: 1, height: 1, close: () => {} } as ImageBitmap,
      });
      const progress = state === 'running' ? { done: 1, total: 4, share: 0.25, etaSeconds: null, etaBand: null } : null;
      emit({ type: 'job', id: 'a', state, progress, result: null, message });
    },
  );

describe('QueueRow', () => {
  it.each([
    ['ready', 'Upscale'],
    ['paused', 'Resume'],
    ['failed', 'Try again'],
    ['done', 'Redo'],
  ] as const)('runs an image that is %s', (state, label) => {
    const { sent } = row(state);
    fireEvent.click(screen.getByRole('button', { name: label }));
    expect(sent.at(-1)).toEqual({ type: 'run', ids: ['a'] });
  });

  it('shows the progress of a running image, and cancels it', () => {
    const { sent } = row('running');
    expect(screen.getByRole('progressbar', { name: 'owl.png' }).getAttribute('value')).toBe('25');
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(sent).toEqual([{ type: 'cancel', id: 'a' }]);
    expect(screen.getByText('Stopping …')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Cancel' })).toHaveProperty('disabled', true);
  });

  it('says why an image failed', () => {
    row('failed', 'Memory ran out.');
    expect(screen.getByText('Failed: Memory ran out.')).toBeTruthy();
  });

  it('goes off the screen when it is removed, and back with Undo', () => {
    const { app } = row('ready');
    fireEvent.click(screen.getByRole('button', { name: 'Remove' }));
    expect(app.store.getState().queue.hidden).toEqual(['a']);
    app.actions.undoRemove(['a']);
    expect(app.store.getState().queue.hidden).toEqual([]);
  });
});
