/**
 * What past iterations looked like, in memory. When there is no room for more, the frame that is missed least goes: of those
 * long ago fewer are left than of those just seen, evenly by powers.
 */
import type { Frame } from '../protocol/train.ts';

const mostFrames = 160;
const mostBytes = 64 * 2 ** 20;
const bytesOf = ({ sheet }: Frame) => 4 * sheet.width * sheet.height;

export class ImageHistory {
  #frames: Frame[] = [];
  #bytes = 0;

  /** In the order of their iterations. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  get last(): Frame | null {
    return this.#frames.at(-1) ?? null;
  }

  /** The last frame that is not after a step; the first one where all are. */
  at(step: number): Frame | null {
    return this.#frames.findLast((frame) => frame.step <= step) ?? this.#frames[0] ?? null;
  }

  push(frame: Frame): void {
    this.cut(frame.step);
    this.#frames.push(frame);
    this.#bytes += bytesOf(frame);
    while (this.#frames.length > 2 && (this.#frames.length > mostFrames || this.#bytes > mostBytes)) this.#thin();
  }

  /** Forgets the frames from a step on. */
  cut(step: number): void {
    while (this.last && this.last.step >= step) this.#drop(this.#frames.length - 1);
  }

  /** The first and the last frame stay; of the others goes the one whose neighbours are closest for their age. */
  #thin(): void {
    const now = this.last?.step ?? 0;
    let [least, index] = [Number.POSITIVE_INFINITY, 1];
    for (let i = 1; i < this.#frames.length - 1; i++) {
      const [before, after] = [this.#frames[i - 1] as Frame, this.#frames[i + 1] as Frame];
      const gap = (after.step - before.step) / (now - before.step);
      if (gap < least) [least, index] = [gap, i];
    }
    this.#drop(index);
  }

  #drop(index: number): void {
    for (const frame of this.#frames.splice(index, 1)) {
      this.#bytes -= bytesOf(frame);
      frame.sheet.close();
    }
  }
}
