/** Recorded work whose results stay on the GPU: whose they are, and what memory recordings have in common. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import type { Backend } from './backend.ts';
import { cosrBackend } from './custom-op.ts';
import type { Recordings } from './replay.ts';
import type { Kept, Lease, Work } from './work.ts';

const adapter = await findAdapter('results that stay on the GPU');

describe.runIf(adapter)('on a GPU', () => {
  let backend: Backend;
  let recordings: Recordings;
  beforeAll(async () => {
    backend = await openNodeBackend('webgpu');
    recordings = backend.recordings as Recordings;
  });
  afterEach(() => recordings.clear());
  afterAll(() => backend.dispose());

  const count = 50;
  const owner = {};
  const valuesOf = (first: number) => Float32Array.from({ length: count }, (_, i) => first + i);
  /** Keeps (x + 1)² for each of the names, with scratch in between. */
  const squares = (name: string, first: number, more: Partial<Work<Kept>> = {}): Work<Kept> => ({
    ...{ owner, name, spare: 1e9, inputs: [{ data: valuesOf(first), shape: [count] }] },
    run: (x) => ({ kept: [tf.keep(tf.square(tf.add(x as tf.Tensor, 1)))] }),
    ...more,
  });
  const expected = (first: number) => valuesOf(first).map((x) => (x + 1) ** 2);
  const only = ({ value }: Lease<Kept>) => value.kept[0] as tf.Tensor;

  it('gives the same tensors each time, with other values', async () => {
    const first = recordings.keep(squares('a', 1));
    const tensor = only(first);
    expect(await tensor.data()).toEqual(expected(1));
    first.release();
    const { tensors } = backend.memory();
    for (const x of [2, 3]) {
      const lease = recordings.keep(squares('a', x));
      expect(only(lease)).toBe(tensor);
      expect(await tensor.data()).toEqual(expected(x));
      lease.release();
    }
    expect(backend.memory().tensors).toBe(tensors);
    expect([recordings.count, recordings.refusal]).toEqual([1, null]);
  });

  it('changes tensors in place, also in the eyes of who has read them before', async () => {
    const sum = tf.variable(tf.zeros([count]));
    const run: Work<Kept>['run'] = (x) => {
      cosrBackend().overwrite(sum, tf.add(sum, x as tf.Tensor));
      return { kept: [] };
    };
    for (const times of [1, 2, 3, 4]) {
      recordings.keep(squares('adds', 3, { run })).release();
      expect(await sum.data()).toEqual(valuesOf(3).map((x) => x * times));
    }
    expect([recordings.count, recordings.refusal]).toEqual([1, null]);
    sum.dispose();
  });

  it('gives what a tensor is when it is asked, also to who asks while an earlier read is under way', async () => {
    const first = recordings.keep(squares('a', 1));
    const early = only(first).data();
    first.release();
    const second = recordings.keep(squares('a', 2));
    expect(await early).toEqual(expected(1));
    expect(await only(second).data()).toEqual(expected(2));
    second.release();
  });

  it('leaves a result alone until it is released', async () => {
    const first = recordings.keep(squares('a', 1));
    const second = recordings.keep(squares('a', 2));
    expect(only(second)).not.toBe(only(first));
    expect([await only(first).data(), await only(second).data()]).toEqual([expected(1), expected(2)]);
    const { tensors } = backend.memory();
    second.release();
    expect(backend.memory().tensors).toBe(tensors - 1);
    first.release();
    expect(backend.memory().tensors).toBe(tensors - 1);
  });

  it('keeps no more than so many, those used last', () => {
    for (let i = 0; i < 70; i++) recordings.keep(squares(`${i}`, i)).release();
    expect(recordings.count).toBe(64);
    const before = backend.counts().buffers;
    recordings.keep(squares('6', 1)).release();
    expect(backend.counts().buffers).toBe(before);
  });

  it('keeps a result that is dropped meanwhile until its release', async () => {
    backend.trim();
    const { gpuBytes, tensors } = backend.memory();
    const lease = recordings.keep(squares('a', 4));
    backend.trim();
    const other = tf.ones([count]);
    expect(await only(lease).data()).toEqual(expected(4));
    other.dispose();
    lease.release();
    backend.trim();
    expect(backend.memory()).toMatchObject({ gpuBytes, tensors });
  });

  it('has scratch in common, but never a result', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const leases = names.map((name, i) => recordings.keep(squares(name, i)));
    for (const [i, lease] of leases.entries()) {
      expect(await only(lease).data()).toEqual(expected(i));
      lease.release();
    }
    // Results and uniforms of each; inputs, sums and the number 1 once.
    const apart = [...names.keys()].map((i) => {
      recordings.clear();
      recordings.keep(squares('alone', i)).release();
      return recordings.bytes;
    });
    recordings.clear();
    for (const [i, name] of names.entries()) recordings.keep(squares(name, i)).release();
    expect(recordings.bytes).toBe(apart.reduce((sum, bytes) => sum + bytes, 0) - 3 * 4 * (2 * count + 1));
    // In another order than they were recorded in.
    const again = [...names.entries()]
      .reverse()
      .map(([i, name]) => [i, recordings.keep(squares(name, 10 + i))] as const);
    for (const [i, lease] of again) {
      expect(await only(lease).data()).toEqual(expected(10 + i));
      lease.release();
    }
    expect([recordings.count, recordings.refusal]).toEqual([4, null]);
  });

  it('hands results on to work that reads them, and not other tensors in their places', async () => {
    const sum = (read: tf.Tensor): Work<Kept> => {
      const run = () => ({ kept: [tf.keep(tf.add(read, 1))] });
      return { owner, name: 'sum', spare: 1e9, inputs: [], reads: [read], run };
    };
    for (const first of [1, 2, 3]) {
      const squared = recordings.keep(squares('a', first));
      const lease = recordings.keep(sum(only(squared)));
      expect(await only(lease).data()).toEqual(expected(first).map((x) => x + 1));
      // Busy, so its result is another tensor.
      const other = recordings.keep(squares('a', 50));
      lease.release();
      const late = recordings.keep(sum(only(other)));
      expect(await only(late).data()).toEqual(expected(50).map((x) => x + 1));
      for (const each of [late, other, squared]) each.release();
      expect(recordings.count).toBe(2);
    }
    recordings.forget({});
    expect(recordings.count).toBe(2);
    recordings.forget(owner);
    expect([recordings.count, recordings.bytes]).toEqual([0, 0]);
  });

  it('copies the values of a tensor that is an input', async () => {
    for (const first of [5, 6, 7]) {
      const x = tf.tensor1d(valuesOf(first));
      const copy = recordings.keep({
        ...squares('copy', 0),
        inputs: [x],
        run: (x) => ({ kept: [tf.keep(x as tf.Tensor)] }),
      });
      x.dispose();
      expect(await only(copy).data()).toEqual(valuesOf(first));
      copy.release();
    }
    expect([recordings.count, recordings.refusal]).toEqual([1, null]);
  });

  it('runs work through tfjs that keeps more than it tells of, and drops what had that memory', async () => {
    recordings.keep(squares('a', 1)).release();
    let hidden: tf.Tensor | undefined;
    const run: Work<Kept>['run'] = (x) => {
      hidden = tf.keep(tf.add(x as tf.Tensor, 1));
      return { kept: [tf.keep(tf.square(hidden))] };
    };
    const lease = recordings.keep(squares('hides', 2, { run }));
    expect(recordings.refusal).toBe('It keeps a tensor.');
    expect(recordings.count).toBe(0);
    recordings.keep(squares('a', 3)).release();
    expect(await hidden?.data()).toEqual(valuesOf(3));
    expect(await only(lease).data()).toEqual(expected(2));
    lease.release();
    hidden?.dispose();
  });

  it('frees what is dropped while other work has its memory only afterwards', async () => {
    const read = tf.ones([count]);
    const reads: Work<Kept>['run'] = (x) => ({ kept: [tf.keep(tf.square(tf.add(x as tf.Tensor, read)))] });
    recordings.keep(squares('a', 1, { run: reads })).release();
    // Frees what "a" reads, with the sum in the memory of that of "a".
    const run: Work<Kept>['run'] = (x) => {
      const sum = tf.add(x as tf.Tensor, 1);
      read.dispose();
      return { kept: [tf.keep(tf.square(sum))] };
    };
    const lease = recordings.keep(squares('frees', 2, { run }));
    expect(await only(lease).data()).toEqual(expected(2));
    lease.release();
    // The memory it ran in went with the other, so it is not recorded either.
    expect([recordings.count, recordings.bytes]).toEqual([0, 0]);
  });

  it('stays as it was after work that fails', async () => {
    recordings.keep(squares('a', 1)).release();
    const { tensors } = backend.memory();
    const run: Work<Kept>['run'] = (x) => {
      tf.square(tf.add(x as tf.Tensor, 1));
      throw new Error('no');
    };
    expect(() => recordings.keep(squares('fails', 1, { run }))).toThrow('no');
    expect([recordings.count, backend.memory().tensors]).toEqual([1, tensors]);
    const lease = recordings.keep(squares('a', 2));
    expect(await only(lease).data()).toEqual(expected(2));
    lease.release();
  });
});
