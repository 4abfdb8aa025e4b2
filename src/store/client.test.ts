import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Command, Event } from '../protocol/index.ts';
import { startEngine } from './client.ts';

/** The worker's end, as the page sees it. */
class FakeWorker {
  static last: FakeWorker;
  readonly sent: Command['type'][] = [];
  onmessage: ((message: { data: Event }) => void) | null = null;
  constructor() {
    FakeWorker.last = this;
  }
  postMessage({ type }: Command): void {
    this.sent.push(type);
  }
  tell(data: Event): void {
    this.onmessage?.({ data });
  }
}

afterEach(() => void vi.unstubAllGlobals());

describe('startEngine', () => {
  it('keeps what the engine says before the page is there', () => {
    vi.stubGlobal('Worker', FakeWorker);
    const engine = startEngine();
    const heard: Event['type'][] = [];
    FakeWorker.last.tell({ type: 'log', message: 'early' });
    // The page's parts listen one after the other, and then it speaks.
    const stop = engine.listen(({ type }) => heard.push(type));
    expect(heard).toEqual([]);
    engine.send({ type: 'restore' });
    expect(heard).toEqual(['log']);
    FakeWorker.last.tell({ type: 'restored', count: 0 });
    stop();
    FakeWorker.last.tell({ type: 'restored', count: 0 });
    expect(heard).toEqual(['log', 'restored']);
    expect(FakeWorker.last.sent.at(-1)).toBe('restore');
  });
});
