import { describe, expect, it } from 'vitest';
import { fakeEngine } from '../../../tests/support/fake-engine.ts';
import { uniqueNames } from '../ui/save.ts';
import { requestExport } from './download.ts';

describe('requestExport', () => {
  it('answers its own request alone', async () => {
    const { engine, sent, emit } = fakeEngine();
    const first = requestExport(engine, ['a'], 'png', 1);
    const second = requestExport(engine, ['b'], 'png', 1);
    const [one, two] = sent.flatMap((command) => (command.type === 'export' ? [command.request] : []));
    emit({ type: 'export-failed', request: two ?? '', message: 'Nothing is finished yet.' });
    emit({ type: 'exported', request: one ?? '', files: [{ name: 'a_x4.png', blob: new Blob() }] });
    expect((await first).map(({ name }) => name)).toEqual(['a_x4.png']);
    await expect(second).rejects.toThrow('Nothing is finished yet.');
  });
});

describe('uniqueNames', () => {
  it('numbers names that come again, whatever their case', () => {
    const free = uniqueNames();
    expect(['a.png', 'A.png', 'a.png', 'b', 'b'].map(free)).toEqual(['a.png', 'A (2).png', 'a (3).png', 'b', 'b (2)']);
  });
});
