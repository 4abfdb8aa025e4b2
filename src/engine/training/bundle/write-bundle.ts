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
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** What is in blobs is read while the file is written, one after the other. */
export function writeBundle(bundle: Bundle): Promise<Blob> {
  const { preset, config, pictures, created, environment, rows, frames, checkpoints } = bundle;
  const lastModified = new Date(created);
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
  const text = (name: string, input: string | Blob) => ({ name, input, lastModified });
  const blob = (name: string, { size, ...rest }: { size: number; input: Blob }) => ({
    name,
    input: rest.input.stream() as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>,
    size,
    lastModified,
  });
  const files = [
    text(recordName, json(record)),
    text(environmentName, json({ ...environment, seed: config.seed })),
    blob(metricsName, sized(new Blob([...lines]))),
    ...frames.map(({ frame, image }) => blob(imageName(frame.step, endingOf(image)), sized(image))),
    ...checkpoints.map(({ summary, file }) => blob(checkpointName(summary.step), sized(file))),
  ];
  return downloadZip(files).blob();
}

const sized = (input: Blob) => ({ input, size: input.size });
