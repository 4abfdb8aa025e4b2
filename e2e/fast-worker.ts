/**
 * An engine as fast as a strong GPU's, for measuring the page alone: it speaks the protocol, computes nothing, and tells of
 * iterations with all their numbers, phases and pictures. Tests of the page's side alone give it to the page in
 * the engine's place.
 */
import type { Page } from '@playwright/test';
import { defaultConfig } from '../src/paper/config.ts';
import { type PanelName, panelNames } from '../src/paper/names.ts';
import type { Frame } from '../src/protocol/train.ts';
import { metricsColumns, trainingPhases } from '../src/report/run-metrics.ts';

interface Run {
  readonly columns: readonly string[];
  readonly panels: readonly PanelName[];
  readonly phases: readonly string[];
  readonly config: object;
  readonly perSecond: number;
  /** Iterations that the run has when the page opens. */
  readonly before: number;
}

/** Runs in the worker: it may use nothing from out here. */
function engine({ columns, panels, phases, config, perSecond, before }: Run): void {
  const scope = self as unknown as { postMessage(message: unknown, transfer?: unknown[]): void };
  const side = 64;
  let step = before;
  const row = (at: number) =>
    Float64Array.from(columns, (name, i) =>
      name === 'step'
        ? at
        : name === 'timing.whole'
          ? 1000 / perSecond
          : 1 + Math.sin(at / 50 + i) + 0.3 * Math.random(),
    );
  const state = (status: string) => {
    const fields = { message: '', fault: null, ended: null, nextPhase: null, run: 'fast', saved: null, start: null };
    scope.postMessage({ type: 'training-state', state: { ...fields, status, step, config } });
  };
  const sendFrame = async () => {
    const data = new ImageData(side, side * panels.length);
    data.data.forEach((_, i) => {
      data.data[i] = i % 4 === 3 ? 255 : (i * 7 + step * 13) % 256;
    });
    const atlas = await createImageBitmap(data);
    const places = panels.map((name, i) => ({ name, y: i * side, width: side, height: side }));
    const histograms = (['hrReal', 'hrFake', 'lrReal', 'lrFake'] as const).map((name) => ({
      name,
      shares: Float32Array.from({ length: 30 }, () => Math.random() / 30),
    }));
    const fixed = { bicubic: 25, now: 24, best: 26, bestStep: 1 };
    const frame: Frame = { step, atlas, places, histograms, fixed };
    scope.postMessage({ type: 'training-frame', frame }, [atlas]);
  };
  const iterate = () => {
    for (const phase of phases) scope.postMessage({ type: 'training-phase', phase });
    void sendFrame().then(() => {
      scope.postMessage({ type: 'training-row', values: row(step), targets: 16 });
      step++;
    });
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  self.onmessage = ({ data }: MessageEvent<{ type: string }>) => {
    if (data.type === 'training-open') {
      const rows = Array.from({ length: before }, (_, at) => row(at));
      const values = Float64Array.from({ length: before * columns.length }, (_, i) => {
        return rows[Math.floor(i / columns.length)]?.[i % columns.length] ?? 0;
      });
      scope.postMessage({ type: 'training-history', values, annotations: [] });
      state('paused');
    } else if (data.type === 'training-play') {
      timer = setInterval(iterate, 1000 / perSecond);
      state('running');
    } else if (data.type === 'training-pause') {
      clearInterval(timer);
      state('paused');
    }
  };
}

/** The worker's script. */
function script(perSecond: number, before: number): string {
  const run: Run = {
    columns: metricsColumns,
    panels: panelNames,
    phases: trainingPhases,
    config: defaultConfig,
    perSecond,
    before,
  };
  // Transpiled functions may call a helper that keeps names.
  return `const __name = (f) => f; (${engine.toString()})(${JSON.stringify(run)});`;
}

/** Gives a page that is opened from now on this engine. @param before iterations that its run has already */
export async function serveFastWorker(page: Page, perSecond: number, before: number): Promise<void> {
  await page.route(/assets\/worker-.*\.js$/, (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      // As the page's own: it is cross-origin isolated.
      headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' },
      body: script(perSecond, before),
    }),
  );
}
