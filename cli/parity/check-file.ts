/** Tells a golden file's kind and runs its check on a fitting backend. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendKind } from '../../src/gpu/backend.ts';
import { type Comparison, Golden, type WeightReader } from '../../tests/support/golden.ts';
import { openNodeBackend } from '../backend.ts';
import { checkFullSize, checkSampling, checkTinyAutoencoder, checkUnet, checkVqgan } from './checks.ts';
import { checkDiscriminator } from './discriminator.ts';
import { checkFixture } from './fixture.ts';
import { checkFlip, checkImaging } from './imaging.ts';
import { checkPerceptual, readPerceptual } from './perceptual.ts';

interface Kind {
  readonly name: string;
  /** The metadata key that only files of this kind have. */
  readonly tell: string;
  readonly check: (golden: Golden) => Promise<void>;
}

const kinds: readonly Kind[] = [
  { name: 'UNetModelSwin', tell: 'config', check: checkUnet },
  { name: 'VQ autoencoder', tell: 'ddconfig', check: checkVqgan },
  { name: 'TinyAutoencoder', tell: 'tiny_autoencoder', check: checkTinyAutoencoder },
  { name: 'full size', tell: 'autoencoder', check: checkFullSize },
  { name: 'sampling and losses', tell: 'diffusion', check: checkSampling },
  { name: 'discriminator', tell: 'discriminator', check: checkDiscriminator },
  { name: 'degradation and metrics', tell: 'note', check: checkImaging },
  { name: 'FLIP', tell: 'means', check: checkFlip },
];

export interface FileReport {
  readonly kind: string;
  readonly backend: BackendKind;
  readonly rows: readonly Comparison[];
  /** Tensors of the file that nothing here is compared with. */
  readonly unchecked: readonly string[];
}

/** Opens a backend, runs the check inside a scope of its own, and leaves nothing allocated. */
async function onBackend(kind: BackendKind, check: () => Promise<void>): Promise<BackendKind> {
  const backend = await openNodeBackend(kind);
  tf.engine().startScope();
  try {
    await check();
    return backend.kind;
  } finally {
    tf.engine().endScope();
    backend.dispose();
  }
}

export interface CheckOptions {
  /** In the place of hash-made ones. */
  readonly weights?: WeightReader;
  /** Folder of what pictures are measured against. */
  readonly truth?: string;
}

/** Two kinds of JSON: numbers of pictures, and the networks of appendix B. @throws one sentence */
async function checkJson(path: string, wanted: BackendKind, truth?: string): Promise<FileReport> {
  const text = await readFile(path, 'utf8').catch(() => Promise.reject(new Error('there is no such file.')));
  const pictures = readPerceptual(text);
  const rows: Comparison[] = [];
  if (!pictures) {
    const backend = await onBackend(wanted, () => checkFixture(path, rows));
    return { kind: 'fixture of appendix B', backend, rows, unchecked: [] };
  }
  const backend = await onBackend(wanted, () => checkPerceptual(path, pictures.measured, rows, truth));
  return { kind: 'perceptual metrics', backend, rows, unchecked: pictures.unknown };
}

/** @throws one sentence when the file is of no known kind, or its parameters are not those of our network */
export async function checkFile(path: string, wanted?: BackendKind, options: CheckOptions = {}): Promise<FileReport> {
  const { weights, truth } = options;
  if (extname(path) === '.json') return checkJson(path, wanted ?? 'wasm', truth);
  const golden = await Golden.open(path, weights);
  const kind = kinds.find(({ tell }) => golden.hasMetadata(tell));
  if (!kind) throw new Error('its metadata names no kind of golden file that is known here (tests/golden/README.md).');
  const backend = await onBackend(wanted ?? 'wasm', () => kind.check(golden));
  return { kind: kind.name, backend, rows: golden.rows, unchecked: golden.unused() };
}
