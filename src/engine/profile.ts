/** One tile of the session's networks with every GPU program timed. */
import * as tf from '@tensorflow/tfjs-core';
import { measurePeak, shareOfPeak } from '../gpu/peak.ts';
import { computedSide } from '../imaging/tiling.ts';
import { upscaleTile } from '../paper/upscale.ts';
import type { TileProfile } from '../protocol/diagnosis.ts';
import type { Compute } from './compute.ts';
import { unlessLost } from './device-lost.ts';

/** @throws one sentence where no time is kept. */
export async function profileTile({ backend, networks, ready }: Compute): Promise<TileProfile> {
  const { profile } = backend;
  if (!profile) {
    throw new Error(
      backend.kind === 'webgpu'
        ? 'This adapter keeps no time of single programs (no timestamp-query).'
        : 'Only WebGPU keeps time of single programs: choose it in Settings.',
    );
  }
  const side = computedSide(networks.tiling, ready.tile);
  const [lr, noise] = [tf.zeros([1, side, side, 3]), tf.zeros([1, side, side, networks.latentChannels])] as const;
  try {
    const found = await unlessLost(
      backend.lost,
      profile((enter) =>
        tf.dispose(upscaleTile(networks, lr as tf.Tensor4D, noise as tf.Tensor4D, networks.sampling, enter)),
      ),
    );
    const peak = await unlessLost(backend.lost, measurePeak(backend));
    const programs = found.programs.map((program) => ({
      ...program,
      share: program.isOwn && program.ms > 0 ? shareOfPeak(program, peak) : null,
    }));
    return { side, ms: found.ms, peak, phases: found.phases, programs };
  } finally {
    tf.dispose([lr, noise]);
    // The peak was measured on buffers of a size that nothing else asks for.
    backend.trim();
  }
}
