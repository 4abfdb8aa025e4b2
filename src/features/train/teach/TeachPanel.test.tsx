import { describe, expect, it } from 'vitest';
import { readTrainingConfig } from '../../../paper/config.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { teachingPlan } from './TeachPanel.tsx';

const ready: EngineReady = {
  backend: 'wasm',
  backendReason: '',
  adapter: null,
  preset: 'compact',
  method: 'ours',
  methods: ['ours', 'l2'],
  teacherSteps: 15,
  downsamplers: ['ours'],
  parameters: 1,
  tile: 64,
  tileReason: '',
  msPerTile: 1,
};
const hardware = {
  vendor: '',
  architecture: '',
  device: '',
  description: '',
  isSoftware: false,
} as EngineReady['adapter'];

describe('the settings of teaching', () => {
  it('are co-training’s, from the shipped weights, smaller on WebAssembly and in software', () => {
    const onWasm = teachingPlan(ready, 20, 'bicubic', null);
    expect(readTrainingConfig(onWasm.config)).toEqual(onWasm.config);
    expect(onWasm.config).toMatchObject({
      studentStart: 'shipped',
      partnerStart: 'shipped',
      degradation: 'bicubic',
      heldOutPictures: 4,
      heldOutCrops: 6,
    });
    const onGpu = teachingPlan({ ...ready, backend: 'webgpu', adapter: hardware }, 20, 'bicubic', null);
    expect(onGpu.config.crop).toBeGreaterThan(onWasm.config.crop);
    expect(onGpu.iterations * onGpu.config.batch).toBeGreaterThan(onWasm.iterations * onWasm.config.batch);
    const inSoftware = { ...ready, backend: 'webgpu', adapter: hardware && { ...hardware, isSoftware: true } } as const;
    expect(teachingPlan(inSoftware, 20, 'bicubic', null)).toEqual(onWasm);
  });

  it('follow the length that the user wants, and start fresh what these weights lack', () => {
    const { config, iterations } = teachingPlan(
      { ...ready, methods: ['l2'], downsamplers: [] },
      5,
      'realesrgan-test',
      4,
    );
    expect(iterations).toBe(4);
    expect(config).toMatchObject({ studentStart: 'teacher', partnerStart: 'fresh', ema: 0, heldOutPictures: 1 });
  });
});
