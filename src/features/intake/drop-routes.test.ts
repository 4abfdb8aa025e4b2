import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AppModel } from '../../store/store.ts';
import { type DropPage, routeDrop } from './drop-routes.ts';

const file = (name: string) => new File(['x'], name);
const picture = file('a.png');
const checkpoint = file('net.pth');
const safetensors = file('step.safetensors');
const zip = file('run.zip');
const onnx = file('up.onnx');
const logbook = file('logbook.html');

/** The calls that a drop leads to, by the action's name, and the page that the drop led to. */
function drop(
  page: DropPage,
  files: readonly File[],
  { skipped = 0, set = 'degraded', from = `#/${page}`, count = 0, folder = '' } = {},
) {
  const calls: Record<string, unknown[]> = {};
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      calls[name] = args;
    };
  const actions = new Proxy({}, { get: (_, name) => record(String(name)) });
  const store = { getState: () => ({ evaluation: { state: { setup: { set }, set: { count } } } }) };
  const location = { hash: from };
  vi.stubGlobal('location', location);
  routeDrop(page, { actions, store } as unknown as AppModel, { files, skipped, ...(folder && { folder }) });
  return { calls, hash: location.hash };
}

afterEach(() => vi.unstubAllGlobals());

describe('a drop on the page', () => {
  it('on Upscale takes weights to Models and all else into the queue', () => {
    const { calls, hash } = drop('upscale', [picture, checkpoint, safetensors, zip]);
    expect(calls).toMatchObject({ addWeights: [[checkpoint, safetensors]], addFiles: [[picture, zip]] });
    expect(hash).toBe('#/models');
    expect(drop('upscale', [picture])).toEqual({ calls: { addFiles: [[picture]] }, hash: '#/upscale' });
  });

  it('on a page that has no use for it says where it went', () => {
    for (const from of ['#/models', '#/diagnosis', '#/about']) {
      const { calls, hash } = drop('upscale', [picture], { from });
      expect(hash).toBe('#/upscale');
      expect(calls.notify).toEqual(['info', '“a.png” went to Upscale, where pictures are upscaled.']);
    }
    expect(drop('upscale', [checkpoint, safetensors]).calls.notify).toEqual([
      'info',
      '2 files went to Models, where weights are added.',
    ]);
    expect(drop('upscale', [checkpoint], { from: '#/models' }).calls).toEqual({ addWeights: [[checkpoint]] });
  });

  it('on Compare takes pictures, ONNX models, and weights to Models', () => {
    const { calls, hash } = drop('compare', [picture, onnx, checkpoint]);
    expect(calls).toEqual({
      addModel: [onnx],
      addToCompare: [[picture]],
      addWeights: [[checkpoint]],
      notify: ['info', '“net.pth” went to Models, where weights are added.'],
    });
    expect(hash).toBe('#/models');
  });

  it('on Evaluate goes by the set that is chosen', () => {
    expect(drop('evaluate', [picture, onnx]).calls).toEqual({
      addEvaluationModel: ['auto', onnx],
      addEvaluationPictures: ['hr', [picture]],
    });
    expect(drop('evaluate', [picture], { set: 'blind' }).calls).toEqual({ addEvaluationPictures: ['lr', [picture]] });
    expect(drop('evaluate', [picture], { set: 'pairs' }).calls.notify?.[1]).toMatch(/^HR or LR\?/);
    expect(drop('evaluate', [picture], { folder: 'hr' }).calls).toEqual({ addEvaluationPictures: ['hr', [picture]] });
  });

  it('on Evaluate takes a folder beside a set as another program’s outputs', () => {
    const { calls } = drop('evaluate', [picture], { folder: 'LDM-15', count: 3, set: 'pairs' });
    expect(calls).toEqual({
      addEvaluationPictures: ['result:LDM-15', [picture]],
      notify: ['info', expect.stringContaining('“LDM-15” is taken as another program’s outputs')],
    });
    expect(drop('evaluate', [picture], { count: 3 }).calls.addEvaluationPictures).toEqual(['hr', [picture]]);
  });

  it('on Train opens one run and refuses weights of a network', () => {
    const { calls } = drop('train', [picture, zip]);
    expect(calls).toEqual({ importRun: [zip], addTrainingPictures: [[picture]] });
    expect(drop('train', [checkpoint]).calls.notify).toEqual([
      'warning',
      'net.pth is the weights of a network, not a run: add it on the Models page.',
    ]);
  });

  it.each(['upscale', 'compare', 'evaluate'] as const)('on %s takes a logbook to Train', (page) => {
    const { calls, hash } = drop(page, [logbook]);
    expect(hash).toBe('#/train');
    expect(calls).toEqual({
      importRun: [logbook],
      notify: ['info', '“logbook.html” went to Train, where logbooks are opened.'],
    });
    expect(drop(page, [picture, logbook]).calls).toMatchObject({ importRun: [logbook] });
  });

  it('on Train opens one logbook', () => {
    expect(drop('train', [logbook]).calls).toEqual({ importRun: [logbook] });
    const { calls } = drop('train', [logbook, file('second.html')]);
    expect(calls.importRun).toEqual([logbook]);
    expect(calls.notify?.[1]).toMatch(/^Only logbook\.html is opened/);
  });

  it.each(['upscale', 'compare', 'evaluate', 'train'] as const)('on %s says how many files were skipped', (page) => {
    expect(drop(page, [picture], { skipped: 2 }).calls.notify).toEqual([
      'info',
      '2 files skipped: not an image by type.',
    ]);
  });
});
