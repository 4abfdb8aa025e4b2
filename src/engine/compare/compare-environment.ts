/** What comparing needs of the realm it runs in: the browser's worker, or a test's Node. */

import type { BackendKind } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { Files } from '../files.ts';
import type { Lend } from '../guests.ts';
import type { ModelSource } from '../model-source.ts';
import type { OutsideOn } from './brought-models.ts';
import type { PictureCodec } from './inputs.ts';

export interface CompareEnvironment extends PictureCodec {
  readonly files: Files;
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly outside: OutsideOn<BackendKind>;
  readonly bitmap: (pixels: Rgba8) => Promise<ImageBitmap>;
  readonly lend: Lend;
}
