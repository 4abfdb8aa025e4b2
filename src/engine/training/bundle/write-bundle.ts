/** Writes a run as one file (bundle.ts). */
import { downloadZip } from 'client-zip';
import { rowLines } from '../row-lines.ts';
import {
  type Bundle,
  bundleFormat,
  checkpointName,
  environmentName,
  type ImageEnding,
  imageName,
  metricsName,
  recordName,
} from './bundle.ts';

const endingOf = ({ type }: Blob): ImageEnding => (type === 'image/webp' ? 'webp' : 'png');
const json = (value: unknown) => new Blob([`${JSON.stringify(value, null, 2)}\n`]);

/** What is in blobs is read while the file is written, one after the other. */
export function writeBundle(bundle: Bundle): Promise<Blob> {
  const { preset, config, pictures, created, environment, rows, frames, checkpoints } = bundle;
  const entry = (name: string, blob: Blob) => ({
    name,
    // Of a stream this is one, whatever the types of the realm say.
    input: blob.stream() as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>,
    size: blob.size,
    lastModified: new Date(created),
  });
  const record = {
    format: bundleFormat,
    preset,
    config,
    pictures,
    created,
    checkpoints: checkpoints.map(({ summary }) => summary),
    frames: frames.map(({ frame, image }) => ({ ...frame, image: imageName(frame.step, endingOf(image)) })),
  };
  const lines = rowLines(rows.each(), { config, annotations: rows.annotations });
  return downloadZip([
    entry(recordName, json(record)),
    entry(environmentName, json({ ...environment, seed: config.seed })),
    entry(metricsName, new Blob([...lines])),
    ...frames.map(({ frame, image }) => entry(imageName(frame.step, endingOf(image)), image)),
    ...checkpoints.map(({ summary, file }) => entry(checkpointName(summary.step), file)),
  ]).blob();
}
