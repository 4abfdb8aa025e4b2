/** The recording that ships, played. */
import { openAsBlob } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../../tests/support/fake-engine.ts';
import { trainingPhases } from '../report/run-metrics.ts';
import { ChartView } from './chart-view.ts';
import { Replay } from './other-runs.ts';
import { Overlays } from './overlays.ts';

const file = await openAsBlob('public/recordings/demo.zip');

beforeAll(() => {
  vi.stubGlobal('createImageBitmap', async () => ({ width: 1, height: 1, close() {} }));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open() {
  const chartView = new ChartView();
  const overlays = new Overlays(fakeEngine().engine, chartView);
  return { chartView, overlays, replay: await Replay.open(file, { feed: { overlays }, chartView }) };
}

describe('a replayed recording', () => {
  it('has the runs beside it that are ticked on the page, until it is closed', async () => {
    const { chartView, overlays, replay } = await open();
    expect(replay.feed.overlays).toBe(overlays);
    const shown = [{ run: 'a', colour: 1 }];
    chartView.change({ shown });
    expect(replay.chartView.now.shown).toBe(shown);
    replay.dispose();
    chartView.change({ shown: [] });
    expect(replay.chartView.now.shown).toBe(shown);
  });

  it('lights the phases one after the other in slow motion, none at full speed or at rest', async () => {
    const { replay } = await open();
    const seen: unknown[] = [];
    replay.feed.listen((change) => {
      if (change === 'phase') seen.push(replay.feed.phase);
    });
    replay.speed = 0.2;
    replay.play();
    vi.advanceTimersByTime(5_000);
    expect(seen.slice(0, trainingPhases.length)).toEqual(trainingPhases);
    expect(replay.chartView.now.iteration).toBe(2);
    replay.pause();
    expect(replay.feed.phase).toBeNull();
    seen.length = 0;
    replay.speed = 10;
    replay.play();
    vi.advanceTimersByTime(1_000);
    expect(replay.chartView.now.iteration).toBe(12);
    expect(seen).toEqual([]);
    replay.dispose();
  });
});
