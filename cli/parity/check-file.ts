/** Tells a golden file's kind and runs its check on a fitting backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendKind } from '../../src/gpu/backend.ts';
import { openNodeBackend } from '../backend.ts';
import { checkOneStep, checkSampling, checkUnet, checkVqgan } from './checks.ts';
import { type Comparison, Golden } from './golden.ts';
import { checkImaging } from './imaging.ts';

interface Kind {
  readonly name: string;
  readonly tell: string;
  readonly check: (golden: Golden) => Promise<void>;
  /** Gradients need a backend that has them: stock WebAssembly lacks the convolution's. */
  readonly backend: BackendKind;
}

const kinds: readonly Kind[] = [
  { name: 'UNetModelSwin', tell: 'config', check: checkUnet, backend: 'cpu' },
  { name: 'VQ autoencoder', tell: 'ddconfig', check: checkVqgan, backend: 'cpu' },
  { name: 'one step, full size', tell: 'autoencoder', check: checkOneStep, backend: 'wasm' },
  { name: 'sampling and losses', tell: 'diffusion', check: checkSampling, backend: 'cpu' },
  { name: 'degradation and metrics', tell: 'note', check: checkImaging, backend: 'cpu' },
];

export interface FileReport {
  readonly kind: string;
  readonly backends: BackendKind;
  readonly rows: readonly Comparison[];
}

/** @throws one sentence when the file is of no known kind, or its parameters are not those of our network */
export async function checkFile(path: string, wanted?: BackendKind): Promise<FileReport> {
  const golden = await Golden.open(path);
  const kind = kinds.find(({ tell }) => golden.hasMetadata(tell));
  if (!kind) throw new Error('its metadata names no kind of golden file that is known here (tests/golden/README.md).');
  const backend = await openNodeBackend(wanted ?? kind.backend);
  tf.engine().startScope();
  try {
    await kind.check(golden);
    return { kind: kind.name, backends: backend.kind, rows: golden.rows };
  } finally {
    tf.engine().endScope();
    backend.dispose();
  }
}
