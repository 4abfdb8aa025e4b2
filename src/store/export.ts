/** Finished images as files: one request to the engine, one promise. */

import type { ExportFormat } from '../protocol/upscale.ts';
import type { EngineClient } from './client.ts';

export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

let count = 0;

/** Rejects with the engine's sentence. */
export function requestExport(
  engine: EngineClient,
  ids: readonly string[],
  format: ExportFormat,
  quality: number,
): Promise<readonly ExportedFile[]> {
  const request = `export-${++count}`;
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

/** Names as they were, later ones of the same name numbered: an archive must not lose a file. */
export function uniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const dot = name.lastIndexOf('.');
    const [base, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${base} (${number})${ending}`;
    taken.add(free.toLowerCase());
    return free;
  };
}
