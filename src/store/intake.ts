/** Hands files to the engine one at a time, so a folder of photographs isn't decoded all at once and keeps its order. */

import type { Event } from '../protocol/index.ts';
import type { EngineClient } from './client.ts';

interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
}

export class Intake {
  readonly #engine: EngineClient;
  #waiting: readonly Waiting[] = [];
  #restores = 0;

  constructor(engine: EngineClient) {
    this.#engine = engine;
    engine.listen((event) => this.#answer(event));
  }

  add(files: readonly Waiting[]): void {
    const idle = this.#waiting.length === 0;
    this.#waiting = [...this.#waiting, ...files];
    if (idle) this.#sendFirst();
  }

  #sendFirst(): void {
    const first = this.#waiting[0];
    if (first) this.#engine.send({ type: 'add', ...first });
  }

  #answer(event: Event): void {
    if (event.type === 'restored') this.#restores++;
    const first = this.#waiting[0];
    if (!first) return;
    const id = event.type === 'image-added' ? event.image.id : event.type === 'image-rejected' ? event.id : null;
    if (id === first.id) {
      this.#waiting = this.#waiting.slice(1);
      this.#sendFirst();
    } else if (event.type === 'restored' && this.#restores > 1) {
      // The engine was started again, and the file handed to the one before never got its answer.
      this.#sendFirst();
    }
  }
}
