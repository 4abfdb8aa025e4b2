/** Results to the user's disk. */
import { downloadZip as zip } from 'client-zip';
import type { ExportFormat } from '../../protocol/upscale.ts';
import type { EngineClient } from '../../store/client.ts';
import type { Settings } from '../../store/settings.ts';
import { save, uniqueNames } from '../ui/save.ts';

type Encoding = Pick<Settings, 'format' | 'quality'>;

/** @throws the engine's sentence. */
export async function downloadOne(engine: EngineClient, id: string, { format, quality }: Encoding): Promise<void> {
  for (const { name, blob } of await requestExport(engine, [id], format, quality)) save(name, blob);
}

/**
 * All results in one archive. Images are encoded one after the other while the archive is written, so the tab never
 * holds more than one of them; the archive itself grows as a blob, which the browser keeps on disk.
 */
export async function downloadZip(
  engine: EngineClient,
  ids: readonly string[],
  { format, quality }: Encoding,
  onFile: (count: number) => void,
): Promise<void> {
  const free = uniqueNames();
  async function* files() {
    let count = 0;
    for (const id of ids) {
      onFile(++count);
      for (const { name, blob } of await requestExport(engine, [id], format, quality)) {
        yield { name: free(name), input: blob, lastModified: new Date() };
      }
    }
  }
  save('upscaled_x4.zip', await zip(files()).blob());
}

// Finished images as files: one request to the engine, one promise.

interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/** Numbers the requests. */
let requests = 0;

/** Rejects with the engine's sentence. */
export function requestExport(
  engine: EngineClient,
  ids: readonly string[],
  format: ExportFormat,
  quality: number,
): Promise<readonly ExportedFile[]> {
  const request = `export-${++requests}`;
  return new Promise((resolve, reject) => {
    const stop = engine.listen((event) => {
      if (event.type !== 'exported' && event.type !== 'export-failed') return;
      if (event.request !== request) return;
      stop();
      if (event.type === 'exported') resolve(event.files);
      else reject(new Error(event.message));
    });
    engine.send({ type: 'export', request, ids, format, quality });
  });
}
