/** The weights of one preset as the engine sees them: what the page is shipped with, and over it what the user has brought. */
import { checkTogether, type Manifest, partOf } from '../../presets/manifest.ts';
import type { ModelSource } from '../model-source.ts';
import type { UserModels } from './user-models.ts';

/** The user's files take the place of shipped ones that play the same part. @throws when they don't fit each other */
export function layManifest(shipped: Manifest, user: Manifest | null): Manifest {
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
      const own = await manifest();
      const base = await shipped.manifest().catch((error: unknown) => {
        // Presets without shipped weights live by what was brought.
        if (own && own.files.length > 0) return null;
        throw error;
      });
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
