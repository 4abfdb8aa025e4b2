/** Closer looks at the input on screen: the teacher's chain, the spread over seeds, where two pictures differ. */
import { enlarge } from '../../imaging/enlarge.ts';
import { differenceMap, heatMap } from '../../imaging/heat-map.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { CompareCommand, CompareLayer } from '../../protocol/compare.ts';
import type { Emit } from '../gallery.ts';
import { scale } from '../job.ts';
import { loadMetrics } from '../metrics.ts';
import type { ModelSource } from '../model-source.ts';
import { chainAt } from './chain.ts';
import type { Inputs, Prepared } from './inputs.ts';
import { sweepSeeds } from './sweep.ts';
import type { Task } from './tasks.ts';

type Asked<T extends CompareCommand['type']> = Omit<Extract<CompareCommand, { readonly type: T }>, 'type'>;

export interface LookEnvironment {
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly bitmap: (pixels: Rgba8) => Promise<ImageBitmap>;
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, value), 0);
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

export class Looks {
  readonly #inputs: Inputs;
  readonly #environment: LookEnvironment;
  readonly #emit: Emit;

  constructor(inputs: Inputs, environment: LookEnvironment, emit: Emit) {
    this.#inputs = inputs;
    this.#environment = environment;
    this.#emit = emit;
  }

  async chain(prepared: Prepared, at: Asked<'compare-chain'>['at'], task: Task): Promise<void> {
    task.tell({ method: 'resshift' });
    const { rect, steps } = await task.onEngine((lent, signal) => {
      task.tell({ phase: 'running' });
      return chainAt(at, prepared, lent, signal);
    });
    const shown = await Promise.all(
      steps.map(async ({ t, psnrY, pixels }) => ({ t, psnrY, bitmap: await this.#environment.bitmap(pixels) })),
    );
    const bitmaps = shown.map(({ bitmap }) => bitmap);
    this.#emit({ type: 'compare-chained', rect, steps: shown }, bitmaps);
  }

  async sweep(prepared: Prepared, { method, count }: Asked<'compare-sweep'>, task: Task): Promise<void> {
    task.tell({ method, total: count });
    const { rows, variance } = await task.onEngine(async (lent, signal) => {
      const metrics = await loadMetrics(this.#environment.metrics, prepared.truth !== null);
      let started = 0;
      const onProgress = (done: number, share: number) => {
        started ||= performance.now();
        const part = (done + share) / count;
        const etaSeconds = part > 0 ? ((performance.now() - started) / 1000 / part) * (1 - part) : null;
        task.tell({ phase: 'running', done, share, etaSeconds });
      };
      try {
        return await sweepSeeds(method, count, prepared, lent, { signal, metrics, onProgress });
      } finally {
        metrics.dispose();
      }
    });
    const { width, height } = prepared.lr;
    const full = Math.max(1, largest(variance));
    const map = await this.#environment.bitmap(heatMap(variance, width * scale, height * scale, full));
    this.#emit({ type: 'compare-swept', sweep: { method, rows, map, full, meanVariance: mean(variance) } }, [map]);
  }

  async difference(prepared: Prepared, { of, from, full }: Asked<'compare-difference'>): Promise<void> {
    const [a, b] = [await this.#layer(prepared, of), await this.#layer(prepared, from)];
    if (!a || !b) return;
    const values = differenceMap(a, b);
    const bitmap = await this.#environment.bitmap(heatMap(values, a.width, a.height, full));
    this.#emit({ type: 'compare-differs', of, from, full, bitmap, mean: mean(values), most: largest(values) }, [
      bitmap,
    ]);
  }

  /** At the results' size; LR pictures as squares. */
  async #layer({ lr, reference, truth, facts }: Prepared, layer: CompareLayer): Promise<Rgba8 | null> {
    if (layer === 'truth') return truth;
    if (layer === 'low') return enlarge(lr, scale, 'nearest');
    if (layer === 'reference') return reference && enlarge(reference, scale, 'nearest');
    return this.#inputs.picture(facts.id, layer);
  }
}
