/** A comparing session as its page sees it: tiny networks on WebAssembly, files in memory, pictures as PNG by sharp. */
import sharp from 'sharp';
import { degrade } from '../../src/degradation/index.ts';
import { CompareSession } from '../../src/engine/compare/compare-session.ts';
import { UserOnnxStore } from '../../src/engine/external/user-onnx.ts';
import type { RunExclusive } from '../../src/engine/runtime/gpu-scheduler.ts';
import { dispatch } from '../../src/engine/runtime/handlers.ts';
import { Files } from '../../src/engine/storage/files.ts';
import { FormatError } from '../../src/formats/errors.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from '../../src/imaging/image.ts';
import { resize } from '../../src/imaging/resize.ts';
import { presets } from '../../src/presets/presets.ts';
import type { CompareCommand, CompareEvent, CompareState } from '../../src/protocol/compare.ts';
import type { Event } from '../../src/protocol/index.ts';
import { defaultOptions, type EngineReady } from '../../src/protocol/upscale.ts';
import { openNodeBackend } from './backend.ts';
import { nodeExternal } from './external.ts';
import { directoryModelSource } from './node.ts';
import { noiseImage } from './test-images.ts';
import { modelOf } from './tiny-model.ts';

export const model = await modelOf(presets.tiny, ['sinsr', 'ours', 'l2'], true);
export const backend = await openNodeBackend('wasm');
export const weights = directoryModelSource('public/models/metrics');
export const options = { ...defaultOptions, tile: 16 as const };

async function decode(file: Blob): Promise<Rgba8> {
  try {
    const picture = sharp(Buffer.from(await file.arrayBuffer())).ensureAlpha();
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
  } catch {
    throw new FormatError('The file is not an image.');
  }
}

async function encode({ width, height, data }: Rgba8): Promise<Blob> {
  const png = await sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return new Blob([new Uint8Array(png)]);
}

/** Pictures cross as the pixels themselves. */
export const pixelsOf = (bitmap: ImageBitmap) => bitmap as unknown as Rgba8;

export const truth = floatToRgba8(resize(noiseImage(8, 6, 3, 5), 96, 64, 'bicubic'));
export const lowOf = (picture: Rgba8) => floatToRgba8(degrade(rgba8ToFloat(picture), 'bicubic', 0));
export const file = async (name: string, picture: Rgba8) =>
  new File([await encode(picture)], name, { type: 'image/png' });

export function session(files = new Files(), runExclusive?: RunExclusive) {
  const events: Event[] = [];
  let state: CompareState | null = null;
  const ready = { preset: 'compact' } as EngineReady;
  const lease = { backend, ready, options, models: model.source, yieldTurn: async () => {} };
  const compare = new CompareSession(
    {
      files,
      userOnnx: new UserOnnxStore(files),
      metrics: weights,
      external: (_, models) => ({ ...nodeExternal, onnx: models }),
      decode,
      encode,
      bitmap: async (pixels) => pixels as unknown as ImageBitmap,
      runExclusive: runExclusive ?? ((work, signal) => work(lease, signal)),
    },
    (event) => {
      events.push(event);
      if (event.type === 'compare-state') state = event.state;
    },
  );
  const idle = async () => {
    const busy = () => {
      const work = events.findLast((event) => event.type === 'compare-work');
      return work?.type === 'compare-work' && work.work !== null;
    };
    do await new Promise((resolve) => setTimeout(resolve, 5));
    while (busy());
  };
  return {
    events,
    lease,
    renamed: (...names: Parameters<CompareSession['renamed']>) => compare.renamed(...names),
    now: () => state as unknown as CompareState,
    async say(command: CompareCommand) {
      await dispatch(compare.handlers, command);
      await idle();
    },
    tell: (command: CompareCommand) => dispatch(compare.handlers, command),
    idle,
    pictures: () =>
      new Map(
        events.flatMap((event) =>
          event.type === 'compare-picture' ? [[event.layer, pixelsOf(event.bitmap)] as const] : [],
        ),
      ),
    of: <T extends CompareEvent['type']>(type: T) =>
      events.filter((event): event is Extract<CompareEvent, { type: T }> => event.type === type),
  };
}
