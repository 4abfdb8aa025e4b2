/** Pictures of iterations and of phases for the page, not more of them than there is time for. */
import type { PanelAtlas } from '../../training/panels.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { ShownPanels } from './active-run.ts';

/** Pixels as what the page can draw. */
export type TensorToBitmap = (pixels: PanelAtlas['pixels']) => Promise<ImageBitmap>;

/** Paces the panels: they take at most a share of the time, and come no faster than a screen shows them. */
const largestShare = 0.2;
const interval = 1000 / 60;

export class PanelPresenter {
  readonly #present: TensorToBitmap;
  readonly #emit: Emit;
  #at = Number.NEGATIVE_INFINITY;
  #took = 0;

  constructor(present: TensorToBitmap, emit: Emit) {
    this.#present = present;
    this.#emit = emit;
  }

  get isDue(): boolean {
    return performance.now() - this.#at >= Math.max(interval, this.#took / largestShare);
  }

  /** @param step iterations done; a whole iteration is counted already */
  async show(
    { atlas: { pixels, places }, histograms, fixed, isPart, began }: ShownPanels,
    step: number,
  ): Promise<void> {
    const atlas = await this.#present(pixels);
    this.#at = performance.now();
    this.#took = this.#at - began;
    const frame = { step: step - (isPart ? 0 : 1), atlas, places, histograms, fixed };
    this.#emit({ type: isPart ? 'training-phase-frame' : 'training-frame', frame }, [atlas]);
  }
}
