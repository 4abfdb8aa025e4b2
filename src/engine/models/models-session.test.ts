/** Events about files that a user imports. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashedParameter } from '../../../tests/support/hashed.ts';
import { memoryFolder } from '../../../tests/support/memory-folder.ts';
import { tinyModel, tinyNetworks } from '../../../tests/support/tiny-model.ts';
import { torchFile } from '../../../tests/torch/torch-file.ts';
import { floatToHalf } from '../../formats/half.ts';
import { inspectOnnx } from '../../formats/onnx/inspect.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import type { PresetName } from '../../presets/presets.ts';
import { readTaught, taughtMetadata } from '../../presets/teaching.ts';
import type { Event } from '../../protocol/index.ts';
import { dispatch } from '../runtime/handlers.ts';
import { ModelsSession } from './models-session.ts';
import { UserModels } from './user-models.ts';

const networks = tinyNetworks();
const student = new Map([...(networks[1]?.shapes ?? [])]);
const checkpoint = (name: string) =>
  new File(
    [torchFile([...student].map(([n, shape]) => ({ name: n, shape, data: hashedParameter('x', n, shape) })))],
    name,
  );
const fixture = (name: string) =>
  new File([readFileSync(resolve(import.meta.dirname, '../../../tests/torch', name))], name);

async function start() {
  const shipped = await tinyModel();
  const folder = memoryFolder();
  const models = new UserModels(folder, 'compact');
  const none = new UserModels(memoryFolder(), 'paper');
  const events: Event[] = [];
  const changed: PresetName[] = [];
  const renamed: (readonly [before: string, now: string | null])[] = [];
  const session = new ModelsSession(
    {
      shipped: () => shipped.source,
      user: (preset) => (preset === 'compact' ? models : none),
      storage: async () => ({ usage: 1, quota: 2, persisted: false, available: true }),
      changed: (preset) => changed.push(preset),
      renamed: async (before, now) => void renamed.push([before, now]),
      networks,
    },
    (event) => events.push(event),
  );
  const last = <T extends Event['type']>(type: T) =>
    events.findLast((event): event is Extract<Event, { type: T }> => event.type === type);
  return { session, events, changed, renamed, folder, last };
}

describe('ModelsSession', () => {
  it('makes an ONNX file of an upscaler, or stops at it', async () => {
    const { session, events, last } = await start();
    const wish = { preset: 'compact', method: 'sinsr', tile: 16, weights: 'float16', noiseSeed: 3 } as const;
    await dispatch(session.handlers, { type: 'models-onnx', ...wish });
    const { name, file } = last('models-exported') ?? {};
    expect(name).toBe('compact-sinsr-16.onnx');
    expect((await inspectOnnx(file as Blob)).metadata).toMatchObject({ method: 'sinsr', noise: 'fixed, seed 3' });
    const { done, total } = last('models-onnx-progress') ?? {};
    expect(done).toBe(total);
    expect(last('models-onnx-ended')).toEqual({ type: 'models-onnx-ended', message: null });

    await dispatch(session.handlers, { type: 'models-onnx', ...wish, tile: 20 });
    expect(last('models-onnx-ended')?.message).toContain('must be a multiple of 16 px');
    const before = events.length;
    const making = dispatch(session.handlers, { type: 'models-onnx', ...wish });
    await expect(dispatch(session.handlers, { type: 'models-onnx', ...wish })).rejects.toThrow(
      'Another ONNX file is being made',
    );
    await dispatch(session.handlers, { type: 'models-onnx-cancel' });
    await making;
    expect(events.slice(before).map(({ type }) => type)).not.toContain('models-exported');
    expect(events.at(-1)).toEqual({ type: 'models-onnx-ended', message: null });
  });

  it('lists what is shipped, and what runs', async () => {
    const { session, last } = await start();
    await dispatch(session.handlers, { type: 'models-list' });
    const { presets, storage } = last('models')?.state ?? { presets: [], storage: null };
    expect(presets.map(({ preset, runs, files }) => [preset, runs, files.length])).toEqual([
      ['compact', true, 2],
      ['paper', false, 0],
    ]);
    expect(presets[0]?.files[0]).toMatchObject({ origin: 'shipped', inUse: true, licence: 'Apache-2.0' });
    // 174 M parameters and what a tile holds.
    expect(presets[1]?.memory.webgpu).toBeGreaterThan(1e9);
    expect(storage).toMatchObject({ usage: 1, quota: 2 });
  });

  it('reports a file, imports it, and puts it in the place of the shipped one', async () => {
    const { session, events, changed, last } = await start();
    await dispatch(session.handlers, { type: 'models-inspect', id: '1', file: checkpoint('SinSR_v2.pth') });
    expect(last('models-report')).toMatchObject({
      suggested: 'sinsr',
      report: { complete: true, part: 'unet', needed: student.size, matched: student.size },
    });
    await dispatch(session.handlers, { type: 'models-import', id: '1', identity: 'sinsr', precision: 'f16' });
    expect(events.filter(({ type }) => type === 'models-progress').length).toBeGreaterThan(0);
    expect(last('models-imported')?.entry).toMatchObject({ title: 'SinSR_v2', origin: 'imported', inUse: true });
    expect(changed).toEqual(['compact']);
    const files = last('models')?.state.presets[0]?.files ?? [];
    expect(files.map(({ role, origin, inUse }) => [role, origin, inUse])).toEqual([
      ['student', 'imported', true],
      ['autoencoder', 'shipped', true],
      ['student', 'shipped', false],
    ]);
    await dispatch(session.handlers, { type: 'models-export', preset: 'compact', name: 'SinSR_v2.safetensors' });
    expect(last('models-exported')?.file.size).toBe(files[0]?.bytes);
    await dispatch(session.handlers, { type: 'models-remove', preset: 'compact', name: 'SinSR_v2.safetensors' });
    expect(last('models')?.state.presets[0]?.files).toHaveLength(2);
  });

  it('asks what a file is whose name says nothing', async () => {
    const { session, last } = await start();
    await dispatch(session.handlers, { type: 'models-inspect', id: '1', file: checkpoint('model.pth') });
    expect(last('models-report')?.suggested).toBeNull();
    await dispatch(session.handlers, { type: 'models-inspect', id: '2', file: checkpoint('autoencoder_vq_f4.pth') });
    expect(last('models-report')?.suggested).toBeNull();
  });

  it('knows a file of this project by what is written in it, else by its name', async () => {
    const { session, last } = await start();
    await dispatch(session.handlers, { type: 'models-inspect', id: '1', file: checkpoint('model.pth') });
    await dispatch(session.handlers, { type: 'models-import', id: '1', identity: 'ours-conv', precision: 'f16' });
    await dispatch(session.handlers, { type: 'models-export', preset: 'compact', name: 'model.safetensors' });
    const saved = last('models-exported')?.file as Blob;
    await dispatch(session.handlers, { type: 'models-inspect', id: '2', file: new File([saved], 'x.safetensors') });
    expect(last('models-report')).toMatchObject({ id: '2', suggested: 'ours-conv' });
    await dispatch(session.handlers, { type: 'models-inspect', id: '3', file: checkpoint('ours (1).pth') });
    expect(last('models-report')).toMatchObject({ id: '3', suggested: 'ours' });
    await dispatch(session.handlers, { type: 'models-inspect', id: '4', file: checkpoint('ours-of-mine.pth') });
    expect(last('models-report')).toMatchObject({ id: '4', suggested: null });
  });

  it('refuses bad files in a sentence, and keeps what there is', async () => {
    const { session, last, folder } = await start();
    await dispatch(session.handlers, { type: 'models-inspect', id: '1', file: fixture('system.pth') });
    expect(last('models-refused')).toMatchObject({ id: '1', message: expect.stringContaining('"posix.system"') });
    await dispatch(session.handlers, { type: 'models-import', id: '1', identity: 'sinsr', precision: 'f16' });
    expect(last('models-refused')?.message).toMatch(/add it again/);
    expect(folder.files.size).toBe(0);
  });

  it('stops an import, leaves nothing of it, and starts it again', async () => {
    const { session, last, folder } = await start();
    await dispatch(session.handlers, { type: 'models-inspect', id: '1', file: checkpoint('SinSR_v1.pth') });
    const running = dispatch(session.handlers, { type: 'models-import', id: '1', identity: 'sinsr', precision: 'f16' });
    await dispatch(session.handlers, { type: 'models-cancel', id: '1' });
    await running;
    expect(last('models-cancelled')?.id).toBe('1');
    expect(folder.files.size).toBe(0);
    await dispatch(session.handlers, { type: 'models-import', id: '1', identity: 'sinsr', precision: 'f16' });
    expect(last('models-imported')?.entry.title).toBe('SinSR_v1');
  });

  it('makes a dropped network that somebody taught a method at once, renames it, and saves it under its new name', async () => {
    const { session, events, changed, renamed, folder, last } = await start();
    const facts = {
      name: 'My owls',
      id: '0123abcd',
      pictures: 5,
      iterations: 4,
      crops: 8,
      before: { psnrY: 24, lpips: 0.3 },
      after: { psnrY: 25, lpips: null },
    };
    const tensors = [...student].map(([name, shape]) => ({
      name,
      shape,
      dtype: 'F16' as const,
      data: hashedParameter('x', name, shape),
    }));
    const shared = (metadata: Readonly<Record<string, string>>) =>
      new File([writeSafetensors(tensors, metadata)], 'owls.safetensors');
    const drop = (file: File) => dispatch(session.handlers, { type: 'models-inspect', id: '1', file });
    await drop(shared({ identity: 'taught', taught: JSON.stringify({ ...facts, id: 'none' }) }));
    expect(last('models-refused')?.message).toMatch(/its facts are damaged/);
    expect(folder.files.size).toBe(0);

    await drop(shared(taughtMetadata(facts)));
    expect(last('models-imported')?.entry).toMatchObject({ method: 'taught:My owls@0123abcd', title: 'My owls' });
    expect(events.filter(({ type }) => type === 'notice')).toHaveLength(1);
    const entries = () => last('models')?.state.presets[0]?.files.filter(({ inUse }) => inUse) ?? [];
    expect(entries().map(({ method }) => method)).toEqual(['taught:My owls@0123abcd', null, 'sinsr']);

    await drop(shared(taughtMetadata({ ...facts, name: 'Another name' })));
    expect(last('models-refused')?.message).toBe('The upscaler “Another name” is here already: nothing has changed.');
    expect(entries()).toHaveLength(3);

    const [{ name } = { name: '' }] = entries();
    await dispatch(session.handlers, { type: 'models-rename', preset: 'compact', name, title: 'Barn, owls' });
    expect(entries()[0]).toMatchObject({ method: 'taught:Barn owls@0123abcd', title: 'Barn owls' });
    expect(changed).toEqual(['compact', 'compact']);
    await dispatch(session.handlers, { type: 'models-export', preset: 'compact', name });
    const saved = await openSafetensors(last('models-exported')?.file as Blob);
    expect(readTaught(saved.metadata)).toEqual({ ...facts, name: 'Barn owls' });
    const [tensor] = tensors;
    const expected = floatToHalf(tensor?.data ?? new Float32Array());
    expect(await saved.readRaw(tensor?.name ?? '')).toEqual(expected);

    const wish = { method: 'taught:Barn owls@0123abcd', tile: 16, weights: 'float16', noiseSeed: 3 } as const;
    await dispatch(session.handlers, { type: 'models-onnx', preset: 'compact', ...wish });
    expect(last('models-exported')?.name).toBe('compact-Barn owls-16.onnx');
    const again = new Blob([(await folder.read(name)) as Blob]);
    await dispatch(session.handlers, { type: 'models-remove', preset: 'compact', name });
    expect(entries()).toHaveLength(2);
    expect(renamed).toEqual([
      ['taught:My owls@0123abcd', 'taught:Barn owls@0123abcd'],
      ['taught:Barn owls@0123abcd', null],
    ]);
    // As it comes on Train, where files are checkpoints.
    expect(await session.takeTaught(again)).toBe(true);
    expect(entries()[0]?.method).toBe('taught:My owls@0123abcd');
    expect(await session.takeTaught(new Blob(['rubbish']))).toBe(false);
    expect(entries()).toHaveLength(3);
  });
});
