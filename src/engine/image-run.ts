/** One image of the queue on the engine: its job is begun or gone on with, drawn as its tiles come, and kept. */
import type { Rect, Rgba8 } from '../imaging/image.ts';
import type { JobResult } from '../protocol/upscale.ts';
import type { Compute } from './compute.ts';
import type { Gallery, Item } from './gallery.ts';
import { Job, type JobHooks, type JobOptions, scale } from './job.ts';
import { asImageData, context } from './pictures.ts';

/** The run to continue, if it was started with the same options and tile; else a fresh one. */
async function prepare(
  gallery: Gallery,
  id: string,
  item: Item,
  compute: Compute,
  options: JobOptions,
): Promise<NonNullable<Item['run']>> {
  if (item.run?.job.matches(compute.ready.tile, options)) return item.run;
  const job = new Job(await gallery.pixels(id), options, compute.ready.tile, compute.tiling);
  item.run = { job, output: new OffscreenCanvas(item.width * scale, item.height * scale) };
  await gallery.clear(id);
  return item.run;
}

/**
 * @returns the result, null when the signal stopped it before its end; and what an LR pixel took, 0 when none ran
 * @throws what the engine throws: DeviceLostError, TileMemoryError, or one sentence about this image
 */
export async function runImage(
  gallery: Gallery,
  id: string,
  item: Item,
  compute: Compute,
  options: JobResult['options'],
  hooks: Pick<JobHooks, 'signal' | 'betweenTiles' | 'onProgress'>,
): Promise<{ readonly result: JobResult | null; readonly msPerPixel: number }> {
  const { job, output } = await prepare(gallery, id, item, compute, options);
  const drawing = context(output);
  const show = (rect: Rect, pixels: Rgba8) => {
    drawing.putImageData(asImageData(pixels), rect.x, rect.y);
    void gallery.show(id, rect, pixels);
  };
  gallery.setState(id, 'running');
  const finished = await job.run(compute, {
    ...hooks,
    visible: () => gallery.visible(id),
    onTile: show,
    onBlock: show,
  });
  const { msPerPixel } = job;
  if (!finished) return { result: null, msPerPixel };
  await gallery.keepResult(id, output);
  const { backend, tile } = compute.ready;
  const megapixels = (output.width * output.height) / 1e6;
  return { result: { seconds: job.seconds, megapixels, options, backend, tile }, msPerPixel };
}
