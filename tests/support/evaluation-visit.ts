/** A visit to the Evaluate page's end in the worker, with the smallest networks, and files and rows in memory. */
import { resolve } from 'node:path';
import sharp from 'sharp';
import { EvaluationSession } from '../../src/engine/evaluation/evaluation-session.ts';
import type { RowStore } from '../../src/engine/evaluation/evaluation-store.ts';
import { UserOnnxStore } from '../../src/engine/external/user-onnx.ts';
import { EngineReopenedError } from '../../src/engine/runtime/errors.ts';
import { dispatch } from '../../src/engine/runtime/handlers.ts';
import type { Files } from '../../src/engine/storage/files.ts';
import type { Rgba8 } from '../../src/imaging/image.ts';
import type {
  EvaluationCommand,
  EvaluationEvent,
  EvaluationPictures,
  EvaluationReport,
  EvaluationState,
} from '../../src/protocol/evaluate.ts';
import { defaultOptions, type EngineReady } from '../../src/protocol/upscale.ts';
import { openNodeBackend } from './backend.ts';
import { nodeExternal } from './external.ts';
import { directoryModelSource } from './node.ts';
import { tinyModel } from './tiny-model.ts';

const model = await tinyModel();
export const evaluationBackend = await openNodeBackend('wasm');
const options = { ...defaultOptions, tile: 16, colourLock: 'off' } as const;

const photo = async (name: string) => {
  const bytes = await sharp(resolve(import.meta.dirname, `../images/hr/crop_${name}.png`))
    .extract({ left: 0, top: 0, width: 96, height: 192 })
    .png()
    .toBuffer();
  return new File([new Uint8Array(bytes)], `${name}.png`);
};
export const photos = [await photo('animal_chelsea'), await photo('urban_china-0')];
export const broken = new File(['no picture'], 'broken.png');

export async function decode(file: Blob): Promise<Rgba8> {
  const bytes = Buffer.from(await file.arrayBuffer());
  const { data, info } = await sharp(bytes)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => Promise.reject(new Error('This is no picture.')));
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
}

interface Visit {
  readonly session: EvaluationSession;
  readonly notices: string[];
  readonly send: (command: EvaluationCommand) => Promise<void>;
  readonly state: () => EvaluationState;
  readonly report: () => EvaluationReport;
  readonly look: (name: string) => Promise<EvaluationPictures>;
  /** Resolves when nothing runs any more. */
  readonly ended: () => Promise<void>;
  /** Takes the backend away, as a change of settings does. */
  readonly reopen: () => void;
  onRow: () => void;
  /** Bytes of a file that can't be read. */
  failing: number;
}

/** @param source of the weights, which may be others later */
export async function visit(files: Files, rows: RowStore, source = () => model.source): Promise<Visit> {
  const events: EvaluationEvent[] = [];
  const notices: string[] = [];
  let opened = new AbortController();
  const watch = { onRow: () => {}, failing: -1 };
  const session = new EvaluationSession(
    {
      models: source,
      metrics: directoryModelSource(resolve(import.meta.dirname, '../../public/models/metrics')),
      external: (_, files) => ({ ...nodeExternal, onnx: files }),
      decode: (file) =>
        file.size === watch.failing ? Promise.reject(new Error('The disk has failed.')) : decode(file),
      encode: async ({ data, width, height }) =>
        new Blob([
          new Uint8Array(
            await sharp(data, { raw: { width, height, channels: 4 } })
              .png()
              .toBuffer(),
          ),
        ]),
      files,
      userOnnx: new UserOnnxStore(files),
      rows: async () => ({
        ...rows,
        async put(row) {
          await rows.put(row);
          watch.onRow();
        },
      }),
      async runExclusive(work, signal) {
        opened = new AbortController();
        const lease = {
          backend: evaluationBackend,
          models: source(),
          options,
          ready: {} as EngineReady,
          yieldTurn: async () => {},
        };
        return work(lease, AbortSignal.any([signal, opened.signal]));
      },
    },
    (event) => events.push(event),
    (message) => notices.push(message),
  );
  const state = () => events.findLast((event) => event.type === 'evaluation-state')?.state as EvaluationState;
  await dispatch(session.handlers, { type: 'evaluation-open', options, backend: 'wasm' });
  return Object.assign(watch, {
    session,
    notices,
    send: (command: EvaluationCommand) => dispatch(session.handlers, command),
    state,
    report: () => events.findLast((event) => event.type === 'evaluation-results')?.report as EvaluationReport,
    async look(name: string) {
      await dispatch(session.handlers, { type: 'evaluation-look', name });
      return events.findLast((event) => event.type === 'evaluation-pictures') as EvaluationPictures;
    },
    async ended() {
      while (state().running) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    reopen: () => opened.abort(new EngineReopenedError()),
  });
}
