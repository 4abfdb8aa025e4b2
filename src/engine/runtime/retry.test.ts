import { describe, expect, it } from 'vitest';
import { DeviceLostError, EngineReopenedError, retryAfterLoss, unlessLost } from './errors.ts';

const { signal } = new AbortController();

/** Work that fails so often; `calls` counts. */
function failing(times: number, error: () => Error) {
  const work = { calls: 0, run: async () => (work.calls++ < times ? Promise.reject(error()) : 'done') };
  return work;
}

describe('DeviceLostError', () => {
  it('ends with one full stop, also where the browser gives a sentence', () => {
    for (const reason of ['reset', 'Device was destroyed.']) {
      expect(new DeviceLostError(reason).message).toMatch(/^The GPU device was lost: \w[^.]*\.$/);
    }
  });
});

describe('retryAfterLoss', () => {
  it('runs work again after lost devices, three times in a row at most', async () => {
    const two = failing(2, () => new DeviceLostError('reset'));
    expect(await retryAfterLoss(two.run, signal)).toBe('done');
    const many = failing(9, () => new DeviceLostError('reset'));
    await expect(retryAfterLoss(many.run, signal)).rejects.toThrow(DeviceLostError);
    expect(many.calls).toBe(3);
  });

  it('counts anew once something was done', async () => {
    const work = failing(9, () => new DeviceLostError('reset'));
    expect(await retryAfterLoss(work.run, signal, () => work.calls >> 1)).toBe('done');
  });

  it('does not count engines that were opened again, and retries nothing else', async () => {
    const reopened = failing(9, () => new EngineReopenedError());
    expect(await retryAfterLoss(reopened.run, signal)).toBe('done');
    const wrong = failing(1, () => new Error('No.'));
    await expect(retryAfterLoss(wrong.run, signal)).rejects.toThrow('No.');
    expect(wrong.calls).toBe(1);
  });

  it('leaves work that was cancelled', async () => {
    const work = failing(9, () => new DeviceLostError('reset'));
    await expect(retryAfterLoss(work.run, AbortSignal.abort())).rejects.toThrow(DeviceLostError);
    expect(work.calls).toBe(1);
  });
});

describe('unlessLost', () => {
  it('knows a loss by the errors of buffers, which may come before the device says that it is gone', async () => {
    const lost = new Promise<string>((resolve) => setTimeout(resolve, 400, 'reset'));
    const unmapped = "Failed to execute 'mapAsync' on 'GPUBuffer': Buffer was unmapped before mapping was resolved.";
    await expect(unlessLost(lost, Promise.reject(new Error(unmapped)))).rejects.toThrow(DeviceLostError);
  });

  it('passes other errors on, and results', async () => {
    const never = new Promise<string>(() => {});
    await expect(unlessLost(never, Promise.reject(new Error('No.')))).rejects.toThrow('No.');
    expect(await unlessLost(never, Promise.resolve(3))).toBe(3);
    expect(await unlessLost(null, Promise.resolve(4))).toBe(4);
  });
});
