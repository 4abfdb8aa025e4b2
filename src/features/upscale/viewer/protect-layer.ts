/** The protect mask of the image on screen as it is painted: a canvas of a pixel for each LR pixel, whose alpha protects. */
import type { ProtectMask } from '../../../imaging/detail.ts';
import type { Point } from '../../../store/view.ts';
import type { Size } from '../../viewer/transform.ts';

/** Strokes that can be taken back. */
const mostUndo = 30;
/** Part of the brush's radius from which on it fades. */
const hardPart = 0.6;

function canvasOf({ width, height }: Size): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser has no memory left for a mask of this picture.');
  return context;
}

export class ProtectLayer {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #before: ImageData[] = [];
  #isEmpty = true;

  constructor(image: Size) {
    this.#context = canvasOf(image);
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
    this.#before.push(this.#pixels());
    if (this.#before.length > mostUndo) this.#before.shift();
  }

  /** Dabs from one LR place to another. @param radius LR pixels */
  stroke(from: Point, to: Point, radius: number, erase: boolean): void {
    const context = this.#context;
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / Math.max(0.5, radius / 4)));
    context.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
    for (let step = 0; step <= steps; step++) {
      const [x, y] = [from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps];
      const dab = context.createRadialGradient(x, y, radius * hardPart, x, y, radius);
      dab.addColorStop(0, 'rgb(255 255 255 / 100%)');
      dab.addColorStop(1, 'rgb(255 255 255 / 0%)');
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
  add({ width, height, data }: ProtectMask): void {
    this.begin();
    const pixels = this.#pixels();
    for (let i = 0; i < width * height; i++)
      pixels.data[4 * i + 3] = Math.max(pixels.data[4 * i + 3] ?? 0, data[i] ?? 0);
    this.#put(pixels);
  }

  clear(): void {
    this.begin();
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#isEmpty = true;
  }

  /** As it is kept, without a way back. */
  restore(mask: ProtectMask): void {
    this.add(mask);
    this.#before.length = 0;
  }

  /** Null: nothing is protected. */
  mask(): ProtectMask | null {
    const { width, height, data } = this.#pixels();
    const alpha = new Uint8Array(width * height).map((_, i) => data[4 * i + 3] ?? 0);
    this.#isEmpty = !alpha.some((value) => value > 0);
    return this.#isEmpty ? null : { width, height, data: alpha };
  }

  #pixels(): ImageData {
    return this.#context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  #put(pixels: ImageData): void {
    this.#context.putImageData(pixels, 0, 0);
    this.mask();
  }
}
