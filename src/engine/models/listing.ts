/** Manifests as the Models page shows them. */

import { errorMessage } from '../../formats/errors.ts';
import { checkTogether, type Manifest, type ManifestFile, partOf } from '../../presets/manifest.ts';
import { type PresetName, presets } from '../../presets/presets.ts';
import type { ModelEntry, PresetModels } from '../../protocol/models.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { leastMemory, methodsOfManifest } from '../runtime/networks.ts';
import type { UserModels } from './user-models.ts';

type Rest = Pick<ModelEntry, 'preset' | 'origin' | 'inUse' | 'licence' | 'steps'>;

function modelEntry(entry: ManifestFile, rest: Rest): ModelEntry {
  const { name, bytes, parameters, sha256, training, metrics, title, source, role } = entry;
  const method = entry.role === 'autoencoder' ? null : entry.method;
  return { name, bytes, parameters, sha256, training, metrics, title, source, role, method, ...rest };
}

const stepsOf = (entry: ManifestFile, { diffusion }: Pick<Manifest, 'diffusion'>) =>
  entry.role === 'teacher' ? (entry.diffusion ?? diffusion).steps : null;

export const userEntry = (preset: PresetName, entry: ManifestFile, inUse: boolean): ModelEntry =>
  modelEntry(entry, {
    preset,
    origin: 'imported',
    inUse,
    licence: entry.licence ?? 'not stated',
    steps: stepsOf(entry, presets[preset]),
  });

/** All files of a preset, those in use first. Files that can't be listed are said to be so, and hide nothing else. */
export async function listPreset(
  preset: PresetName,
  shipped: Promise<Manifest | null>,
  user: Promise<Manifest | null>,
): Promise<PresetModels> {
  const [base, own] = await Promise.allSettled([shipped, user]);
  const failed = [base, own].find((result) => result.status === 'rejected');
  const ours = base.status === 'fulfilled' ? base.value : null;
  const theirs = own.status === 'fulfilled' ? own.value : null;
  const used = ours ? layManifest(ours, theirs) : theirs;
  const shippedFiles = (ours?.files ?? []).map((entry) =>
    modelEntry(entry, {
      preset,
      origin: 'shipped',
      inUse: used?.files.includes(entry) ?? false,
      licence: entry.licence ?? ours?.licence ?? 'not stated',
      steps: stepsOf(entry, ours ?? presets[preset]),
    }),
  );
  const files = [
    ...(theirs?.files ?? []).map((entry) => userEntry(preset, entry, true)),
    ...shippedFiles,
    ...(theirs?.spare ?? []).map((entry) => userEntry(preset, entry, false)),
  ];
  const autoencoder = used?.files.find((entry) => entry.role === 'autoencoder');
  const { autoencoder: usualAutoencoder, unet } = presets[preset];
  const least = (kind: 'webgpu' | 'wasm') => leastMemory(autoencoder?.config ?? usualAutoencoder, unet, kind);
  return {
    preset,
    files: files.sort((a, b) => Number(b.inUse) - Number(a.inUse)),
    runs: autoencoder !== undefined && used !== null && methodsOfManifest(used).length > 0,
    memory: { webgpu: least('webgpu'), wasm: least('wasm') },
    message: failed?.status === 'rejected' ? errorMessage(failed.reason) : null,
  };
}

// The weights of one preset as the engine sees them: imported files override shipped ones.

/** The user's files take the place of shipped ones that play the same part. @throws when they don't fit each other */
function layManifest(shipped: Manifest, user: Manifest | null): Manifest {
  if (!user) return shipped;
  const parts = new Set(user.files.map(partOf));
  const files = [...user.files, ...shipped.files.filter((entry) => !parts.has(partOf(entry)))];
  checkTogether(files);
  return { ...shipped, files };
}

export function layeredSource(shipped: ModelSource, user: UserModels): ModelSource {
  /** A damaged list takes nothing from what is shipped; the Models page tells of it. */
  const manifest = () => user.manifest().catch(() => null);
  return {
    async manifest() {
      const asked = manifest();
      const served = shipped.manifest().catch(async (error: unknown) => {
        // Presets without shipped weights live by imported ones.
        if (((await asked)?.files.length ?? 0) > 0) return null;
        throw error;
      });
      const [own, base] = await Promise.all([asked, served]);
      return base ? layManifest(base, own) : (own as Manifest);
    },
    async file(entry, onProgress) {
      const own = await manifest();
      if (!own?.files.some(({ name, sha256 }) => name === entry.name && sha256 === entry.sha256)) {
        return shipped.file(entry, onProgress);
      }
      const file = await user.file(entry.name);
      // Written whole and checked on the way in, and nobody else can write here: its size tells enough.
      if (file?.size !== entry.bytes) {
        throw new Error(`The imported weights ${entry.name} are gone or cut off: import them again.`);
      }
      onProgress(entry.bytes, true);
      return file;
    },
  };
}
