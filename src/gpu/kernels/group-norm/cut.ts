/** How the work of a GroupNorm is cut into workgroups. */

export const threads = 256;
/** Channels side by side that make memory reads whole. */
const wideEnough = 16;
/** Values of a workgroup that are summed in the run that writes. */
const smallMap = 65_536;
const chunkPlaces = 1024;
const mostChunks = 64;

export interface Cut {
  /** Channels of a workgroup: a multiple of a group's that divides all. */
  readonly wide: number;
  readonly chunks: number;
  readonly sizes: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

export function cutOf(shape: readonly number[], groups: number): Cut {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const places = height * width;
  const group = channels / groups;
  let wide = group;
  for (let count = 1; count <= groups && wide < wideEnough; count++) {
    if (groups % count === 0 && count * group <= threads) wide = count * group;
  }
  const chunks = places * wide <= smallMap ? 1 : Math.min(mostChunks, Math.ceil(places / chunkPlaces));
  const perChunk = Math.ceil(places / chunks);
  const used = Math.ceil(places / perChunk);
  return {
    wide,
    chunks: used,
    sizes: [places, channels, group, wide, used, perChunk],
    workgroups: [used, channels / wide, batch],
  };
}
