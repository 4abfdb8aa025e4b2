// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { Event } from '../../../protocol/index.ts';
import type { StoredRunSummary } from '../../../protocol/train.ts';
import { pageConfig } from '../../../store/training.ts';
import { LogbookDialog } from './LogbookDialog.tsx';
import { Notes } from './Notes.tsx';

const run = (id: string, change: Partial<StoredRunSummary> = {}): StoredRunSummary => ({
  id,
  preset: 'compact',
  config: pageConfig,
  ran: pageConfig,
  pictures: null,
  created: 0,
  parent: null,
  checkpoints: [{ step: 4, bytes: 3 * 2 ** 20, saved: 0, pinned: false, psnrY: null, psnrStep: null }],
  notes: '',
  pins: [],
  ...change,
});
const image = new Blob(['x'], { type: 'image/png' });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const settle = () => act(() => vi.advanceTimersByTime(1000));
const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });

describe('the notes of a run', () => {
  it('are sent once typing rests, when the field is left, and when the panel closes; never twice', () => {
    const { sent } = render(<Notes run={run('a', { notes: 'before' })} />);
    settle();
    expect(sent).toEqual([]);
    type('Notes, in Markdown', 'one');
    type('Notes, in Markdown', 'one two');
    expect(sent).toEqual([]);
    settle();
    settle();
    expect(sent).toEqual([{ type: 'training-note', run: 'a', notes: 'one two' }]);
    type('Notes, in Markdown', 'three');
    fireEvent.blur(screen.getByLabelText('Notes, in Markdown'));
    expect(sent.slice(1)).toEqual([{ type: 'training-note', run: 'a', notes: 'three' }]);
    type('Notes, in Markdown', 'four');
    cleanup();
    expect(sent.slice(2)).toEqual([{ type: 'training-note', run: 'a', notes: 'four' }]);
  });

  it('show their pinned pictures, whose captions change and which go', () => {
    const pins = [
      { step: 1, panel: 'student', caption: 'first', image },
      { step: 6, panel: 'lr', caption: 'second', image },
    ] as const;
    const { sent } = render(<Notes run={run('a', { pins })} />);
    const [first] = within(screen.getByRole('list', { name: 'Pinned pictures' })).getAllByRole('listitem');
    expect(first?.textContent).toContain('iteration 2');
    type('Caption of the picture of iteration 7', 'better');
    settle();
    fireEvent.click(screen.getByRole('button', { name: 'Unpin first, iteration 2' }));
    expect(sent).toEqual([
      { type: 'training-pin-panel', run: 'a', pin: { step: 6, panel: 'lr', caption: 'better', image } },
      { type: 'training-unpin-panel', run: 'a', step: 1, panel: 'student' },
    ]);
  });
});

describe('the logbook’s choices', () => {
  const state: Event = {
    type: 'training-state',
    state: {
      status: 'stored',
      message: '',
      fault: null,
      ended: null,
      step: 4,
      nextPhase: null,
      run: 'b',
      config: pageConfig,
      saved: 4,
      start: null,
    },
  };

  it('begin with the open run and the usual charts, and are sent with the runs’ names', async () => {
    const onClose = vi.fn();
    const runs = [run('a', { ran: { ...pageConfig, seed: 7 } }), run('b')];
    const { sent } = render(<LogbookDialog open onClose={onClose} />, (_, emit) => {
      emit(state);
      emit({ type: 'training-runs', runs });
    });
    const ticked = () => screen.getAllByRole<HTMLInputElement>('checkbox').filter((box) => box.checked).length;
    expect(ticked()).toBe(6);
    expect(screen.getByRole('status').textContent).toMatch(/^About 4\.0 MB/);
    const whole = screen.getByLabelText(/^With the newest checkpoint of each run \(4\.0 MB\)/);
    fireEvent.click(whole);
    expect(screen.getByRole('status').textContent).toBe('A small file, to be read alone.');
    fireEvent.click(screen.getByLabelText('seed 42'));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true);
    fireEvent.click(screen.getByLabelText('seed 42'));
    fireEvent.click(screen.getByLabelText('seed 7'));
    for (const chart of ['Shares of the gradient', 'Held-out PSNR, dB', 'Held-out LPIPS']) {
      fireEvent.click(screen.getByLabelText(chart));
    }
    type('Title', '  ');
    await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Save' })));
    expect(onClose).toHaveBeenCalledOnce();
    expect(sent).toMatchObject([
      {
        type: 'training-logbook',
        title: 'Logbook',
        runs: [
          { run: 'a', name: 'seed 7' },
          { run: 'b', name: 'seed 42' },
        ],
        charts: [{ title: 'Student', isLogarithmic: false }],
        goesOn: false,
        frames: [],
      },
    ]);
  });
});
