/**
 * The pictures of the image on screen: what came of them so far, on two canvases that no one sees directly; and its protect mask
 * as it is painted.
 */

import type { ProtectMask } from '../../../imaging/detail.ts';
import type { Event } from '../../../protocol/index.ts';
import type { Point } from '../../../store/view.ts';
import { outputScale, type Size } from '../../viewer/transform.ts';

export type PictureEvent = Extract<Event, { type: 'picture' }>;

/** Strokes that can be taken back, as far as so many bytes of masks hold them; one at the least. */
const mostUndo = 30;
const mostUndoBytes = 2 ** 26;
/** Part of the brush's radius from which on it fades. */
const hardPart = 0.6;
/** Red, green and blue of a mask where it is shown: seen on dark and light pictures, and on few of them natural. */
const tints = { painted: [255, 40, 140], suggested: [30, 120, 255] } as const;

/** A canvas of a pixel for each LR pixel, whose alpha protects. */
export class ProtectLayer {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #before: Uint8Array[] = [];
  readonly #size: Size;
  readonly #tint: readonly [number, number, number];
  #isEmpty = true;

  constructor(image: Size, tint: keyof typeof tints) {
    this.#tint = tints[tint];
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('The browser has no memory left for a mask of this picture.');
    this.#context = context;
    this.#size = { width, height };
  }

  get canvas(): OffscreenCanvas {
    return this.#context.canvas;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  get canUndo(): boolean {
    return this.#before.length > 0;
  }

  /** A stroke begins: all until the next is taken back at once. */
  begin(): void {
    const { width, height } = this.#size;
    this.#before.push(this.#alpha());
    const most = Math.max(1, Math.min(mostUndo, Math.floor(mostUndoBytes / (width * height))));
    if (this.#before.length > most) this.#before.shift();
  }

  /** Dabs from one LR place to another. @param radius LR pixels */
  stroke(from: Point, to: Point, radius: number, erase: boolean): void {
    const context = this.#context;
    const tint = this.#tint.join(' ');
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / Math.max(0.5, radius / 4)));
    context.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
    for (let step = 0; step <= steps; step++) {
      const [x, y] = [from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps];
      const dab = context.createRadialGradient(x, y, radius * hardPart, x, y, radius);
      dab.addColorStop(0, `rgb(${tint} / 100%)`);
      dab.addColorStop(1, `rgb(${tint} / 0%)`);
      context.fillStyle = dab;
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
    context.globalCompositeOperation = 'source-over';
    this.#isEmpty = false;
  }

  undo(): void {
    const before = this.#before.pop();
    if (before) this.#put(before);
  }

  /** Adds a suggestion to what is painted; one Undo takes it back. */
  add({ data }: ProtectMask): void {
    this.begin();
    this.#put(this.#alpha().map((value, i) => Math.max(value, data[i] ?? 0)));
  }

  clear(): void {
    this.begin();
    this.#put(new Uint8Array(this.#size.width * this.#size.height));
  }

  /** As it is kept, without a way back. */
  restore(mask: ProtectMask): void {
    this.add(mask);
    this.#before.length = 0;
  }

  /** Null: nothing is protected. */
  mask(): ProtectMask | null {
    const data = this.#alpha();
    this.#isEmpty = data.every((value) => value === 0);
    return this.#isEmpty ? null : { ...this.#size, data };
  }

  #alpha(): Uint8Array {
    const { width, height } = this.#size;
    const { data } = this.#context.getImageData(0, 0, width, height);
    return Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3] ?? 0);
  }

  #put(alpha: Uint8Array): void {
    const { width, height } = this.#size;
    const pixels = this.#context.createImageData(width, height);
    for (let i = 0; i < alpha.length; i++) pixels.data.set([...this.#tint, alpha[i] ?? 0], 4 * i);
    this.#context.putImageData(pixels, 0, 0);
    this.#isEmpty = alpha.every((value) => value === 0);
  }
}

class Canvas {
  readonly element = document.createElement('canvas');
  readonly context: CanvasRenderingContext2D;

  constructor({ width, height }: Size) {
    this.element.width = width;
    this.element.height = height;
    const context = this.element.getContext('2d');
    if (!context) {
      throw new Error('This image is too large to show here; it can still be upscaled and downloaded.');
    }
    context.imageSmoothingEnabled = false;
    this.context = context;
  }

  dispose(): void {
    this.element.width = this.element.height = 0;
  }

  clear(): void {
    this.context.clearRect(0, 0, this.element.width, this.element.height);
  }
}

export class PictureLayers {
  readonly image: Size;
  #input: Canvas | null = null;
  #output: Canvas | null = null;
  /** The other end of the detail dial. */
  #faithful: Canvas | null = null;
  #invention: Canvas | null = null;
  #protect: ProtectLayer | null = null;
  #suggested: ProtectLayer | null = null;
  /** The output but for what is protected, made anew when it is asked for after a change. */
  #unprotected: Canvas | null = null;
  #isMaskDrawn = false;
  /** Opaque where the output is finished, a pixel per LR pixel: transparent output must not let the input through. */
  #done: Canvas | null = null;

  constructor(image: Size) {
    this.image = image;
  }

  get input(): HTMLCanvasElement | null {
    return this.#input?.element ?? null;
  }

  get output(): HTMLCanvasElement | null {
    return this.#output?.element ?? null;
  }

  get faithful(): HTMLCanvasElement | null {
    return this.#faithful?.element ?? null;
  }

  get invention(): HTMLCanvasElement | null {
    return this.#invention?.element ?? null;
  }

  /** The map of what was invented, a pixel for each LR pixel. */
  drawInvention(bitmap: ImageBitmap): void {
    this.#invention ??= new Canvas(this.image);
    this.#invention.context.drawImage(bitmap, 0, 0);
  }

  /** Made when it is first asked for. */
  get protect(): ProtectLayer {
    this.#protect ??= new ProtectLayer(this.image, 'painted');
    return this.#protect;
  }

  /** Shows places that might be protected; null: none. */
  suggest(mask: ProtectMask | null): void {
    this.#suggested = mask && new ProtectLayer(this.image, 'suggested');
    if (mask) this.#suggested?.restore(mask);
  }

  /** Of what is protected, and of what might be. */
  get masks(): readonly OffscreenCanvas[] {
    return [this.#protect, this.#suggested].flatMap((layer) => (layer && !layer.isEmpty ? [layer.canvas] : []));
  }

  get isProtected(): boolean {
    return this.#protect !== null && !this.#protect.isEmpty;
  }

  /** The output where it is not protected, for the faithful picture to show through. */
  get unprotected(): HTMLCanvasElement | null {
    if (!this.#protect || !this.#output || this.#protect.isEmpty) return this.output;
    const { width, height } = this.#output.element;
    this.#unprotected ??= new Canvas({ width, height });
    if (!this.#isMaskDrawn) {
      const { context } = this.#unprotected;
      context.globalCompositeOperation = 'copy';
      context.drawImage(this.#output.element, 0, 0);
      context.globalCompositeOperation = 'destination-out';
      context.imageSmoothingEnabled = true;
      context.drawImage(this.#protect.canvas, 0, 0, width, height);
      this.#isMaskDrawn = true;
    }
    return this.#unprotected.element;
  }

  /** The mask or the output is another one now. */
  maskChanged(): void {
    this.#isMaskDrawn = false;
  }

  get done(): HTMLCanvasElement | null {
    return this.#done?.element ?? null;
  }

  /** @throws one sentence when there is no memory for a picture of this size. */
  draw(picture: PictureEvent): void {
    if (picture.layer === 'input') this.#drawInput(picture);
    else if (picture.layer === 'output') this.#drawOutput(picture);
    else this.#drawFaithful(picture);
  }

  /** Gives the memory back now; a canvas without pixels holds none. */
  dispose(): void {
    for (const canvas of [this.#input, this.#output, this.#faithful, this.#unprotected, this.#invention, this.#done])
      canvas?.dispose();
  }

  #drawInput({ rect, bitmap, reset }: PictureEvent): void {
    this.#input ??= new Canvas(this.image);
    if (reset) this.#input.clear();
    this.#input.context.clearRect(rect.x, rect.y, rect.width, rect.height);
    this.#input.context.drawImage(bitmap, rect.x, rect.y, rect.width, rect.height);
  }

  #drawFaithful({ rect, bitmap }: PictureEvent): void {
    const { width, height } = this.image;
    this.#faithful ??= new Canvas({ width: width * outputScale, height: height * outputScale });
    this.#faithful.context.clearRect(rect.x, rect.y, rect.width, rect.height);
    this.#faithful.context.drawImage(bitmap, rect.x, rect.y);
  }

  #drawOutput({ rect, bitmap, reset }: PictureEvent): void {
    const { width, height } = this.image;
    if (reset) {
      this.#output?.clear();
      this.#done?.clear();
      this.#faithful?.dispose();
      this.#invention?.dispose();
      this.#faithful = this.#invention = null;
    }
    // A new run clears with a picture of nothing, one pixel large; a real one covers whole LR pixels.
    if (rect.width < outputScale || rect.height < outputScale) return;
    this.#output ??= new Canvas({ width: width * outputScale, height: height * outputScale });
    this.#done ??= new Canvas(this.image);
    this.maskChanged();
    this.#output.context.clearRect(rect.x, rect.y, rect.width, rect.height);
    this.#output.context.drawImage(bitmap, rect.x, rect.y, rect.width, rect.height);
    this.#done.context.fillRect(
      rect.x / outputScale,
      rect.y / outputScale,
      rect.width / outputScale,
      rect.height / outputScale,
    );
  }
}
