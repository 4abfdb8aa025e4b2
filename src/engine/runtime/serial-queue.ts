/** Work that must not overlap: each piece begins when the one before has ended, well or not. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the work returns. @throws what it throws; the next piece runs all the same */
  run<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all that was queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
