/** The protect mask of the image on screen as it is painted: a canvas of a pixel for each LR pixel, whose alpha protects. */
import type { ProtectMask } from '../../../imaging/detail.ts';
import type { Point } from '../../../store/view.ts';
import type { Size } from '../../viewer/transform.ts';

/** Strokes that can be taken back, as far as so many bytes of masks hold them; one at the least. */
const mostUndo = 30;
const mostUndoBytes = 2 ** 26;
/** Part of the brush's radius from which on it fades. */
const hardPart = 0.6;
/** Of the mask where it is shown: seen on dark and light pictures, and on few of them natural. */
const [red, green, blue] = [255, 40, 140] as const;

export class ProtectLayer {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #before: Uint8Array[] = [];
  readonly #size: Size;
  #isEmpty = true;

  constructor(image: Size) {
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
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / Math.max(0.5, radius / 4)));
    context.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
    for (let step = 0; step <= steps; step++) {
      const [x, y] = [from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps];
      const dab = context.createRadialGradient(x, y, radius * hardPart, x, y, radius);
      dab.addColorStop(0, `rgb(${red} ${green} ${blue} / 100%)`);
      dab.addColorStop(1, `rgb(${red} ${green} ${blue} / 0%)`);
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
    for (let i = 0; i < alpha.length; i++) pixels.data.set([red, green, blue, alpha[i] ?? 0], 4 * i);
    this.#context.putImageData(pixels, 0, 0);
    this.#isEmpty = alpha.every((value) => value === 0);
  }
}
