/** Results to the user's disk. */
import { downloadZip as zip } from 'client-zip';
import type { EngineClient } from '../../store/client.ts';
import { requestExport, uniqueNames } from '../../store/queue.ts';
import type { Settings } from '../../store/settings.ts';
import { save } from '../ui/save.ts';

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
