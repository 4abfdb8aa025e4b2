/** The pictures of the image on screen: what came of them so far, on two canvases that no one sees directly. */
import type { Event } from '../../../protocol/index.ts';
import { outputScale, type Size } from '../../viewer/transform.ts';
import { ProtectLayer } from './protect-layer.ts';

export type PictureEvent = Extract<Event, { type: 'picture' }>;

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
    this.#protect ??= new ProtectLayer(this.image);
    return this.#protect;
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
