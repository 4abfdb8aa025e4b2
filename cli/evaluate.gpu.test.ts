/** An evaluation whose device is lost between two pictures. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { findAdapter } from '../tests/support/gpu.ts';
import { tinyModel, writeModel } from '../tests/support/tiny-model.ts';
import { type RunOptions, runEvaluation } from './evaluate/run.ts';

const adapter = await findAdapter('an evaluation whose device is lost');

const picture = (name: string, value: number) => ({
  name,
  load: async () => ({
    lr: {
      width: 8,
      height: 8,
      data: Uint8ClampedArray.from({ length: 256 }, (_, i) => (i * value) % 256).fill(255, 252),
    },
    truth: null,
  }),
});

it.runIf(adapter)('a lost device is opened again, and no picture is run twice or left empty', async () => {
  const models = await mkdtemp(join(tmpdir(), 'tiny-'));
  await writeModel(models, await tinyModel());
  const opened: string[] = [];
  const outputs: string[] = [];
  const faults: string[] = [];
  const told: string[] = [];
  const pictures = [picture('first.png', 3), picture('second.png', 5)];
  const options: RunOptions = {
    preset: 'compact',
    models,
    seed: 1,
    colourLock: 'off',
    tile: 16,
    backend: 'webgpu',
  };
  const report = await runEvaluation({ pictures, notes: [] }, false, ['bicubic', 'sinsr'], options, {
    onOpen: async (name) => void opened.push(name),
    onOutput: (method, name) => void outputs.push(`${method}: ${name}`),
    onFault: (_, fault) => void faults.push(fault),
    onMethod: ({ method }) => void told.push(method),
    onRow(method, { row }) {
      if (method === 'sinsr' && row.name === 'first.png')
        (tf.backend() as unknown as { device: GPUDevice }).device.destroy();
    },
  });
  expect(opened).toHaveLength(2);
  expect(outputs).toEqual(['bicubic', 'sinsr'].flatMap((method) => pictures.map(({ name }) => `${method}: ${name}`)));
  expect([faults, told]).toEqual([[], ['bicubic', 'sinsr']]);
  expect(report.methods.map(({ images }) => images.map(({ name }) => name))).toEqual(
    report.methods.map(() => ['first.png', 'second.png']),
  );
});
