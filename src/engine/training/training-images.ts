/** The pictures that runs train on, the page's samples or the user's own, and a preview of their degradation. */

import { describeStep } from '../../degradation/index.ts';
import { errorMessage } from '../../formats/errors.ts';
import { floatToRgba8, type Rgba8 } from '../../imaging/image.ts';
import type { PictureFacts } from '../../imaging/picture-facts.ts';
import { readTrainingConfig, type TrainingConfig } from '../../paper/config.ts';
import type { PictureCommand } from '../../protocol/train.ts';
import { drawCrop, type PictureSource } from '../../training/crops.ts';
import { setAside } from '../../training/held-out.ts';
import type { Emit, Handlers } from '../runtime/handlers.ts';
import type { Files } from '../storage/files.ts';
import type { RunStore } from './run-store.ts';
import {
  type AddedPictures,
  mostPictureBytes,
  mostPictures,
  samplePictures,
  TrainingPictures,
} from './training-pictures.ts';

export interface TrainingImagesEnvironment {
  readonly files: Files;
  /** One of the page's sample pictures. */
  readonly picture: (name: string) => Promise<Rgba8>;
  /** A picture's file, checked before anything is allocated from what it claims. */
  readonly decode: (file: Blob) => Promise<Rgba8>;
  readonly bitmap: (pixels: Rgba8) => Promise<ImageBitmap>;
}

const counted = (count: number, what: string) => `${count} picture${count === 1 ? '' : 's'} ${what}`;

/** The notice after dropped files were added. */
function report({ added, known, unreadable, small, over, isVolatile }: AddedPictures): string {
  const parts = [
    counted(added, 'added'),
    known > 0 ? `${known} known already` : '',
    unreadable > 0 ? `${unreadable} skipped that can’t be read` : '',
    small > 0 ? `${small} skipped that are too small` : '',
    over > 0
      ? `${over} skipped beyond the ${mostPictures} pictures or ${mostPictureBytes / 2 ** 30} GB that are kept`
      : '',
  ];
  const kept = isVolatile ? ' There is no room to keep all of them between visits.' : '';
  return `${parts.filter((part) => part).join(', ')}.${kept}`;
}

export class TrainingImages {
  readonly handlers: Handlers<PictureCommand> = {
    'training-add-pictures': ({ files }) => this.#add(files),
    'training-choose-pictures': ({ own }) => this.choose(own),
    'training-clear-pictures': () => this.#clear(),
    'training-preview': ({ config, index }) => this.#preview(readTrainingConfig(config), index),
  };
  readonly #environment: TrainingImagesEnvironment;
  readonly #library: TrainingPictures;
  readonly #store: RunStore;
  readonly #emit: Emit;
  /** The open run's pictures, null for the samples; undefined: no run is open. */
  readonly #trainedOn: () => readonly PictureFacts[] | null | undefined;
  #samples: readonly string[] = [];
  #isOwn = false;
  #message = '';

  constructor(
    environment: TrainingImagesEnvironment,
    store: RunStore,
    trainedOn: () => readonly PictureFacts[] | null | undefined,
    emit: Emit,
  ) {
    this.#environment = environment;
    this.#library = new TrainingPictures(environment.files, environment.decode);
    this.#store = store;
    this.#trainedOn = trainedOn;
    this.#emit = emit;
  }

  async load(samples: readonly string[]): Promise<void> {
    this.#samples = samples;
    await this.#library.load();
    this.#isOwn = this.#library.pictures.length > 0;
    await this.sweep();
    this.#emitState();
  }

  /** The pictures of a run that starts now; null: the samples. */
  get forNewRuns(): readonly PictureFacts[] | null {
    return this.#isOwn ? this.#library.pictures : null;
  }

  areHere = async (pictures: readonly PictureFacts[]) => (await this.#library.missing(pictures)) === 0;

  /** Removes what nothing needs any more. */
  sweep(): Promise<void> {
    return this.#library.sweep(this.#store.summaries.flatMap(({ pictures }) => pictures ?? []));
  }

  /** @throws one sentence when they are not to be had, or all too small */
  source(pictures: readonly PictureFacts[] | null, config: TrainingConfig): Promise<PictureSource> {
    if (pictures) return this.#library.source(pictures, config);
    return samplePictures(this.#samples, this.#environment.picture, config);
  }

  /** The user's collection. */
  get own(): { readonly count: number } {
    return { count: this.#library.pictures.length };
  }

  choose(own: boolean): void {
    this.#isOwn = own && this.#library.pictures.length > 0;
    this.#emitState();
  }

  async #clear(): Promise<void> {
    await this.#library.clear();
    this.#isOwn = false;
    await this.sweep();
    this.#emitState();
  }

  async #add(files: readonly Blob[]): Promise<void> {
    const onStatus = (done: number) => {
      this.#message = `Reading picture ${done + 1} of ${files.length} …`;
      this.#emitState();
    };
    try {
      const added = await this.#library.add(files, onStatus);
      if (added.added > 0) this.#isOwn = true;
      const level = added.unreadable + added.small + added.over > 0 || added.isVolatile ? 'warning' : 'info';
      this.#emit({ type: 'notice', level, message: report(added) });
    } finally {
      this.#message = '';
      this.#emitState();
    }
  }

  #emitState(): void {
    const { pictures } = this.#library;
    const bytes = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
    const sides = pictures.map(({ width, height }) => Math.min(width, height));
    this.#emit({
      type: 'training-pictures',
      pictures: { isOwn: this.#isOwn, count: pictures.length, bytes, sides, message: this.#message },
    });
  }

  /** A crop of the run that these settings make, as its networks will see it. */
  async #preview(config: TrainingConfig, index: number): Promise<void> {
    try {
      const trainedOn = this.#trainedOn();
      const pictures = trainedOn === undefined ? this.forNewRuns : trainedOn;
      const { training } = setAside(await this.source(pictures, config), config);
      const { hr, lr, steps, isFlat } = await drawCrop(training, config, index % config.pool);
      const [high, low] = [floatToRgba8(hr), floatToRgba8(lr)];
      const bitmaps = await Promise.all([high, low].map(this.#environment.bitmap));
      const [hrBitmap, lrBitmap] = bitmaps as [ImageBitmap, ImageBitmap];
      const described = isFlat ? ['An area of one colour, as it is.'] : steps.map(describeStep);
      const preview = { index: index % config.pool, hr: hrBitmap, lr: lrBitmap, steps: described };
      this.#emit({ type: 'training-previewed', preview, fault: null }, bitmaps);
    } catch (error) {
      const fault = errorMessage(error);
      this.#emit({ type: 'training-previewed', preview: null, fault });
    }
  }
}
