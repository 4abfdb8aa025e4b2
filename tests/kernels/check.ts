/** The tests of all kernels on one adapter. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/gpu/backend.ts';
import { cosrBackend, type Tuning, withKernels } from '../../src/gpu/custom-op.ts';
import { castToF16 } from '../../src/gpu/half.ts';
import { bicubicReference, bicubicUpsample4 } from '../../src/gpu/ops/bicubic/index.ts';
import { type ConvOptions, conv2d } from '../../src/gpu/ops/conv2d/index.ts';
import { nearestCode, nearestCodeReference } from '../../src/gpu/ops/nearest-code/index.ts';
import { atrousSmooth, smoothReference } from '../../src/gpu/ops/smooth/index.ts';
import type { Features } from '../../src/gpu/pipelines.ts';
import { workgroupSum } from '../../src/gpu/sums.ts';
import { findAdapter, openPromised } from '../support/gpu.ts';
import { differences, hashed } from './agreement.ts';
import { cases } from './cases.ts';

/** @param only names of the cases to run in a tuning; default all */
export async function checkKernels(what: string, only: Partial<Record<Tuning, RegExp>>): Promise<void> {
  const adapter = await findAdapter(`kernels on ${what}`);

  describe.runIf(adapter)(`kernels on ${what}`, () => {
    let backend: Backend;
    // A program that is invalid leaves zeros, and so does everything recorded beside it: equal, but not right.
    const errors: string[] = [];
    beforeAll(async () => {
      backend = await openPromised();
      backend.device?.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    });
    afterEach(() => expect(errors).toEqual([]));
    afterAll(() => backend.dispose());

    it.each([
      [2, 7, 5, 3],
      [1, 1, 1, 2],
      [3, 16, 9, 4],
    ])('bicubic ×4 of [%i, %i, %i, %i]', async (...shape) => {
      const x = hashed(shape, 3) as tf.Tensor4D;
      const [ours, theirs] = [bicubicUpsample4(x), bicubicReference(x)];
      expect(ours.shape).toEqual(theirs.shape);
      const [found, expected] = [await ours.data(), await theirs.data()];
      expected.forEach((value, i) => {
        expect(Math.abs(found[i] - value)).toBeLessThan(1e-5);
      });
      tf.dispose([x, ours, theirs]);
    });

    it.each([
      [[2, 7, 5, 3], 1],
      [[1, 40, 33, 3], 16],
      [[3, 2, 1, 4], 2],
    ] as const)('smoothing of %j with a reach of %i', async (shape, reach) => {
      const x = hashed(shape, 3) as tf.Tensor4D;
      const [ours, theirs] = [atrousSmooth(x, reach), smoothReference(x, reach)];
      const [found, expected] = [await ours.data(), await theirs.data()];
      expect(found.length).toBe(expected.length);
      expected.forEach((value, i) => {
        expect(Math.abs(found[i] - value)).toBeLessThan(1e-6);
      });
      tf.dispose([x, ours, theirs]);
    });

    it.each([
      [1, 3, 17],
      [130, 4, 512],
      [67, 16, 33],
    ])('the nearest code for %i rows of %i among %i', async (count, depth, entries) => {
      const rows = hashed([count, depth], 1) as tf.Tensor2D;
      const codebook = hashed([entries, depth], 2) as tf.Tensor2D;
      const [ours, theirs] = [nearestCode(rows, codebook), nearestCodeReference(rows, codebook)];
      expect(ours.dtype).toBe('int32');
      expect(await ours.data()).toEqual(await theirs.data());
      tf.dispose([rows, codebook, ours, theirs]);
    });

    it.runIf(adapter?.features.has('subgroups'))(
      'sums of a workgroup by subgroups and without are the same',
      async () => {
        const values = hashed([3, 256], 1);
        const sumBy = (features: Features) => {
          const sum = workgroupSum('f32', 256, features);
          const program = {
            name: `workgroup sum${sum.enable}`,
            code: () => `${sum.enable}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
${sum.text}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  // Twice, since the second has to wait for the first one's readers.
  let once = overThreads(x[g.x * 256u + t], t);
  let twice = overThreads(once + 2.0 * f32(t), t);
  y[g.x * 256u + t] = twice;
}`,
          };
          const y = cosrBackend().allocate([3, 256]);
          cosrBackend().dispatch({ program, inputs: [values], outputs: [y], workgroups: [3, 1, 1] });
          return tf.engine().makeTensorFromTensorInfo(y).data();
        };
        const rows = await values.array();
        const [plain, fast] = [await sumBy(new Set()), await sumBy(new Set(['subgroups']))];
        for (let i = 0; i < 3 * 256; i++) {
          const row = (rows as number[][])[Math.floor(i / 256)];
          const expected = 256 * row.reduce((total, value) => total + value, 0) + 255 * 256;
          expect(plain[i]).toBeCloseTo(expected, 1);
          expect(fast[i]).toBeCloseTo(expected, 1);
        }
      },
    );

    it.runIf(adapter?.features.has('shader-f16')).each([
      ['direct', [2, 7, 5, 3], [3, 3, 3, 5], {}],
      ['direct', [1, 9, 18, 12], [1, 1, 12, 40], {}],
      ['direct', [1, 6, 7, 8], [3, 3, 8, 12], { activation: 'silu' }],
      ['tiled', [2, 7, 5, 3], [3, 3, 3, 5], {}],
      ['tiled', [1, 6, 7, 8], [3, 3, 8, 12], {}],
      ['tiled', [1, 6, 7, 8], [3, 3, 8, 12], { activation: 'silu' }],
    ] as [Tuning, number[], number[], ConvOptions][])(
      'a filter in half precision gives nearly the same, %s, of %j and %j, %j',
      async (tuning, shape, filterShape, options) => {
        // Values that f16 has.
        const filter = tf.tidy(() => tf.div(tf.round(tf.mul(hashed(filterShape, 2), 1024)), 1024)) as tf.Tensor4D;
        const [x, bias] = [hashed(shape, 1) as tf.Tensor4D, hashed(filterShape.slice(3), 3) as tf.Tensor1D];
        const run = () => withKernels(tuning, () => conv2d(x, filter, bias, options));
        const whole = run();
        const expected = await whole.data();
        castToF16([filter]);
        const half = run();
        const values = await half.data();
        // Direct, they are widened; tiled, they are multiplied as they are.
        const bound = tuning === 'direct' ? 0 : 2e-3 * Math.max(...expected.map(Math.abs));
        expected.forEach((value, i) => {
          expect(Math.abs(value - values[i])).toBeLessThanOrEqual(bound);
        });
        tf.dispose([x, filter, bias, whole, half]);
      },
    );

    describe.each(['direct', 'tiled'] as const)('%s', (tuning) => {
      const names = Object.keys(cases).filter((name) => only[tuning]?.test(name) ?? true);
      it.each(names)('%s', async (name) => {
        const found = await differences(cases[name], tuning);
        for (const [tensor, difference] of Object.entries(found)) expect(difference, tensor).toBeLessThan(1e-4);
      });
    });
  });
}
