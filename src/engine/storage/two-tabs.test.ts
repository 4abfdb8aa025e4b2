/** Stores of two tabs over the same files: each has read its index before the other changes it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MetricFacts } from '../../report/columns.ts';
import { CompareStore } from '../compare/compare-store.ts';
import { EvaluationStore } from '../evaluation/evaluation-store.ts';
import { UserOnnxStore } from '../external/user-onnx.ts';
import { SerialQueue } from '../runtime/handlers.ts';
import { TrainingPictures } from '../training/training-pictures.ts';
import { Files } from './files.ts';

const pixels = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4) };
const file = (name: string) => new File([name], name);

beforeAll(() => {
  const queues = new Map<string, SerialQueue>();
  const request = (name: string, work: () => Promise<unknown>) => {
    const queue = queues.get(name) ?? new SerialQueue();
    queues.set(name, queue);
    return queue.run(work);
  };
  vi.stubGlobal('navigator', { locks: { request } });
});
afterAll(() => vi.unstubAllGlobals());

/** Of two tabs, and of one that is opened afterwards. */
async function tabs<S extends { load(): Promise<void> }>(open: (files: Files) => S) {
  const files = new Files();
  const [one, other] = [open(files), open(files)];
  await Promise.all([one.load(), other.load()]);
  const later = async () => {
    const third = open(files);
    await third.load();
    return third;
  };
  return { one, other, later };
}

describe('two tabs', () => {
  it('keep each other’s ONNX files', async () => {
    const metric = (name: string): MetricFacts => ({ name, kind: 'no-reference', better: 'lower' });
    const { one, other, later } = await tabs((files) => new UserOnnxStore(files));
    await one.add(file('a.onnx'), metric('a'));
    await other.add(file('b.onnx'), metric('b'));
    await one.add(file('c.onnx'), null);
    await other.remove('b');
    const store = await later();
    expect(store.models.map(({ name }) => name)).toEqual(['a', 'c.onnx']);
    expect(await (await store.file('a')).text()).toBe('a.onnx');
    expect(await (await store.file('c.onnx')).text()).toBe('c.onnx');
  });

  it('keep each other’s pictures to evaluate on, also while some are read', async () => {
    const { one, other, later } = await tabs((files) => new EvaluationStore(files, async () => pixels));
    const reading = one.add('hr', [file('a.png'), file('b.png')], () => {});
    await Promise.all([reading, other.change({ degradation: 'realesrgan' })]);
    await other.add('lr', [file('c.png')], () => {});
    await one.choose('l2');
    const store = await later();
    expect(store.setup).toMatchObject({ degradation: 'realesrgan', methods: expect.arrayContaining(['l2']) });
    for (const role of ['hr', 'lr'] as const) for (const picture of store.folder(role).files) await picture.read();
    expect([store.pictures('hr').length, store.pictures('lr').length]).toEqual([2, 1]);
  });

  it('keep each other’s pictures to compare on', async () => {
    const files = new Files();
    const [one, other] = [new CompareStore(files), new CompareStore(files)];
    const keep = (store: CompareStore, ids: readonly string[]) => {
      const inputs = ids.map(
        (id) => ({ id, name: id, kind: 'single', degradation: { name: 'given', seed: 0 } }) as const,
      );
      return store.keepState({ inputs, selected: null, methods: [] });
    };
    const kept = async () => (await new CompareStore(files).state())?.inputs.map(({ id }) => id);
    await Promise.all([one.state(), other.state()]);
    await keep(one, ['a']);
    await keep(other, ['b']);
    expect(await kept()).toEqual(['b', 'a']);
    await keep(one, []);
    expect(await kept()).toEqual(['b']);
  });

  it('keep each other’s pictures to train on', async () => {
    const { one, other, later } = await tabs((files) => new TrainingPictures(files, async () => pixels));
    const reading = one.add([file('a.png')], () => {});
    await Promise.all([reading, other.sweep([])]);
    await other.add([file('b.png')], () => {});
    const store = await later();
    expect(store.pictures).toHaveLength(2);
    expect(await store.missing(store.pictures)).toBe(0);
  });
});
