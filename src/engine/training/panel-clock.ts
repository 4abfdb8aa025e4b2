/** When pictures of an iteration are wanted: they take at most a share of the time, and come no faster than a screen shows them. */
const largestShare = 0.2;
const interval = 1000 / 60;

export class PanelClock {
  #at = Number.NEGATIVE_INFINITY;
  #took = 0;

  get isDue(): boolean {
    return performance.now() - this.#at >= Math.max(interval, this.#took / largestShare);
  }

  /** @param milliseconds that making the last pictures took */
  shown(milliseconds: number): void {
    this.#took = milliseconds;
    this.#at = performance.now();
  }
}
