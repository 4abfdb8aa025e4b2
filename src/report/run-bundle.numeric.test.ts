/** A run as a file: there and back, and files that are none. */

import { downloadZip } from 'client-zip';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, config, open, step, type Watched } from '../../tests/support/watched-session.ts';
import { dispatch } from '../engine/runtime/handlers.ts';
import { Files } from '../engine/storage/files.ts';
import { checkpointPath } from '../engine/training/run-index.ts';
import { openZip } from '../formats/zip.ts';
import { readRunBundle } from './run-bundle.ts';
import { metricsColumns } from './run-metrics.ts';
import type { FramePicture } from './run-record.ts';

afterAll(() => backend.dispose());

const shares = Array.from({ length: 30 }, () => 1 / 30);
const png = async (width: number, height: number) => {
  const picture = sharp({ create: { width, height, channels: 3, background: '#257' } });
  return new Blob([new Uint8Array(await picture.png().toBuffer())], { type: 'image/png' });
};
const picture = async (at: number): Promise<FramePicture> => ({
  frame: {
    step: at,
    places: [{ name: 'lr', y: 4, width: 16, height: 16 }],
    fixed: { bicubic: 25.5, now: 24, best: 26, bestStep: 3 },
    histograms: [{ name: 'hrReal', shares }],
  },
  image: await png(16, 20),
});

const exported = ({ events }: Watched) => events.findLast((event) => event.type === 'training-exported');
const history = ({ events }: Watched) =>
  Float32Array.from(events.findLast((event) => event.type === 'training-history')?.values ?? []);

/** The entries of a zip by name, to be changed and zipped again. */
async function entriesOf(file: Blob): Promise<Map<string, Blob>> {
  const archive = await openZip(file);
  const parts = new Map<string, Blob>();
  for (const entry of archive.entries.values()) {
    const at = await archive.locate(entry);
    parts.set(entry.name, file.slice(at, at + entry.size));
  }
  return parts;
}
const zipOf = (parts: Iterable<readonly [string, Blob]>): Promise<Blob> =>
  downloadZip([...parts].map(([name, part]) => ({ name, input: part.stream() as never, size: part.size }))).blob();

describe('a run as a file', { timeout: 300_000 }, () => {
  const files = new Files();
  let first: Watched;
  let file: Blob;
  let run = '';
  beforeAll(async () => {
    first = await open(files);
    await dispatch(first.session.handlers, { type: 'training-new', config });
    for (let i = 0; i < 3; i++) await step(first);
    await dispatch(first.session.handlers, { type: 'training-pin', step: 2, pinned: true });
    await dispatch(first.session.handlers, { type: 'training-edit', changes: { learningRate: 2e-3 } });
    await step(first);
    run = first.state().run ?? '';
    // Frames after the newest checkpoint stay out.
    const frames = await Promise.all([0, 2, 9].map(picture));
    await dispatch(first.session.handlers, { type: 'training-bundle', run, frames });
    file = exported(first)?.blob as Blob;
    await first.session.detach();
  });

  it('has settings, rows, pictures, checkpoints and where it was computed, each by its name', async () => {
    expect(exported(first)?.name).toBe('cosr-run-4.zip');
    const parts = await entriesOf(file);
    expect([...parts.keys()]).toEqual([
      'run.json',
      'environment.json',
      'metrics.jsonl',
      'images/0.png',
      'images/2.png',
      ...[1, 2, 3, 4].map((at) => `checkpoints/${at}.safetensors`),
    ]);
    expect(JSON.parse(await (parts.get('environment.json') as Blob).text())).toMatchObject({
      backend: 'wasm',
      host: 'test',
      seed: config.seed,
      versions: { tfjs: expect.stringMatching(/^4/) },
    });
  });

  it('comes back on another device with the same rows, checkpoints and pictures, and goes on to the same numbers', async () => {
    const elsewhere = new Files();
    const second = await open(elsewhere);
    await dispatch(second.session.handlers, { type: 'training-import', file });
    expect(second.notices()[0]).toBe('The run is open again at iteration 4.');
    const { id, config: restored, checkpoints } = second.runs()[0] ?? { id: '', checkpoints: [] };
    expect(restored).toEqual({ ...config, learningRate: 2e-3 });
    expect(checkpoints.map(({ step: at, pinned }) => [at, pinned])).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, false],
    ]);
    for (const at of [1, 2, 3, 4]) {
      const [here, there] = await Promise.all([
        files.read(checkpointPath(run, at)),
        elsewhere.read(checkpointPath(id, at)),
      ]);
      const bytes = async (file: Blob | null) => Buffer.from(await (file as Blob).arrayBuffer());
      // Megabytes, which toEqual would compare one by one.
      expect((await bytes(here)).equals(await bytes(there)), `checkpoint ${at}`).toBe(true);
    }
    const pictures = second.events.flatMap((event) =>
      event.type === 'training-frame' && event.frame ? [event.frame] : [],
    );
    expect(pictures.map((frame) => [frame.step, frame.places[0]?.name, frame.histograms[0]?.shares.length])).toEqual([
      [0, 'lr', 30],
      [2, 'lr', 30],
    ]);

    // As the next visit of the first device finds it.
    const again = await open(files);
    expect(history(second)).toEqual(history(again));
    expect(history(second)).toHaveLength(4 * metricsColumns.length);
    await step(second);
    await second.session.detach();
    const next = await open(files);
    await step(next);
    expect(second.rows()).toEqual(next.rows());
    await next.session.detach();
    const later = await open(elsewhere);
    expect(later.runs()[0]?.checkpoints.at(-1)?.step).toBe(5);
    await dispatch(later.session.handlers, { type: 'training-bundle', run: id, frames: null });
    expect((await readRunBundle(exported(later)?.blob as Blob)).frames.map(({ frame }) => frame.step)).toEqual([0, 2]);
  });

  it('that is none is refused in a sentence, and changes nothing', async () => {
    const parts = await entriesOf(file);
    const changed = (name: string, part: Blob | null) => {
      const other = new Map(parts);
      if (part) other.set(name, part);
      else other.delete(name);
      return zipOf(other);
    };
    const text = async (name: string, from: string | RegExp, to: string) =>
      changed(name, new Blob([(await (parts.get(name) as Blob).text()).replace(from, to)]));
    /** Bytes of the file itself: of the directory's record of an entry, or of the entry. */
    const patched = async (find: string, from: 'first' | 'last', by: number, value: number) => {
      const bytes = Buffer.from(await file.arrayBuffer());
      const at = from === 'first' ? bytes.indexOf(find) : bytes.lastIndexOf(find);
      bytes[at + by] = value;
      return new Blob([bytes]);
    };
    const many = Array.from({ length: 401 }, (_, i) => [`images/${i}.png`, new Blob(['x'])] as const);
    const wrong: [Blob, RegExp][] = [
      [file.slice(0, file.size - 30), /no directory at its end/],
      [await zipOf([['photo.jpg', new Blob(['x'])]]), /no run that was downloaded here: it has no run\.json/],
      [await zipOf([['archive/data.pkl', new Blob(['x'])]]), /Models page/],
      [await changed('../evil.sh', new Blob(['x'])), /"\.\.\/evil\.sh" does not belong/],
      [await changed('images/7.png', await png(16, 20)), /should have 9 files, and has 10/],
      [await zipOf([...parts, ...many.filter(([name]) => !parts.has(name))]), /too many files like "images/],
      // The method of an entry stands 36 bytes before its name in the directory.
      [await patched('environment.json', 'last', -36, 8), /is compressed, which a run never is/],
      [await patched('"losses.student"', 'last', 3, 88), /"metrics\.jsonl" is damaged: download the run again/],
      [await changed('metrics.jsonl', null), /not whole: metrics\.jsonl is missing/],
      [await changed('checkpoints/3.safetensors', null), /should have 9 files, and has 8/],
      [await text('run.json', 'cosr-run-1', 'cosr-run-9'), /another version/],
      [await text('run.json', '"compact"', '"huge"'), /a preset that is not here: "huge"/],
      [await text('run.json', /"seed": \d+/, '"seed": -1'), /"seed" must be a whole number/],
      [await text('run.json', /"seed": \d+/, '"seed": 1'), /"seed" can't change/],
      [await text('run.json', '"lr"', '"xx"'), /damaged/],
      [await text('run.json', /"created": \d+/, '"created": 8640000000000001'), /record of the run is damaged/],
      [await text('metrics.jsonl', '"step":2', '"step":1'), /Line 4 of the run’s metrics is damaged/],
      [await text('metrics.jsonl', '"step":2', '"step":"2"'), /Line 4 of the run’s metrics is damaged/],
      [await changed('environment.json', new Blob([' '.repeat(70_000)])), /larger than any such file/],
      [await changed('images/2.png', await png(16, 12)), /"images\/2\.png" is not the picture/],
      [await changed('images/2.png', new Blob(['no picture'])), /image/],
      [
        await changed('checkpoints/3.safetensors', parts.get('checkpoints/2.safetensors') as Blob),
        /iteration 3 does not/,
      ],
      [await changed('checkpoints/3.safetensors', new Blob(['x'.repeat(99)])), /safetensors/],
    ];
    const watched = await open(files);
    const [before, { step: at }] = [watched.runs(), watched.state()];
    for (const [bad, sentence] of wrong) {
      await expect(dispatch(watched.session.handlers, { type: 'training-import', file: bad })).rejects.toThrow(
        sentence,
      );
    }
    expect(watched.runs()).toEqual(before);
    expect(watched.state()).toMatchObject({ run, step: at });
    await watched.session.detach();
  });

  it('without checkpoints is a recording, from which nothing goes on', async () => {
    const parts = await entriesOf(file);
    for (const at of [1, 2, 3, 4]) parts.delete(`checkpoints/${at}.safetensors`);
    const record = JSON.parse(await (parts.get('run.json') as Blob).text());
    parts.set('run.json', new Blob([JSON.stringify({ ...record, checkpoints: [] })]));
    const recording = await zipOf(parts);
    expect((await readRunBundle(recording)).checkpoints).toEqual([]);
    const watched = await open(new Files());
    await expect(dispatch(watched.session.handlers, { type: 'training-import', file: recording })).rejects.toThrow(
      /recording/,
    );
    await watched.session.detach();
  });
});
