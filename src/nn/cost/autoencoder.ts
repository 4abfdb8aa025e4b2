/** Memory that encoding or decoding a tile needs (meter.ts). */
import type { AutoencoderConfig, TinyAutoencoderConfig, VqAutoencoderConfig } from '../../presets/architecture.ts';
import { type Cut, planStrips } from '../decode-strips.ts';
import { detailCut } from '../tiny-autoencoder.ts';
import { decoderLevels, encoderLevels, type Level, vqCut } from '../vqgan.ts';
import { type ActivationCost, type CostBackend, chunk, Meter, plainResidual, residual } from './meter.ts';

/** The autoencoder's attention over all tokens, [N, C] each: x, q, k, v, turned keys, scaled queries, and the results. */
function tokenAttention(meter: Meter, tokens: number, channels: number): void {
  const map = tokens * channels;
  const scores = Math.min(tokens, chunk) * tokens;
  meter.moment(map, map, map, map, map, map, map, map, map, scores, scores);
}

function autoencoderLevel(meter: Meter, level: Level, places: number, resized: number, held = 0): number {
  let channels = level.blocks[0]?.inputs ?? level.channels;
  for (const { inputs, outputs } of level.blocks) {
    residual(meter, held, places * inputs, places * outputs);
    if (level.attention !== null) tokenAttention(meter, places, outputs);
    channels = outputs;
  }
  if (level.resize) {
    // Up: the enlarged map and the convolution's result. Down: the result alone is new.
    const next = places * resized * channels;
    meter.moment(places * channels, next);
    if (resized > 1) meter.moment(next, next);
  }
  return channels;
}

/** The rows that the widest strip decodes, as a share of all. */
function stripShare(cut: Cut, latentHeight: number, rows: number): number {
  const strips = planStrips(cut, latentHeight, rows);
  return Math.max(...strips.map(({ from, to }) => to - from)) / (strips.at(-1)?.end ?? 1);
}

function vq(meter: Meter, config: VqAutoencoderConfig, latentHeight: number, latentWidth: number, rows: number): void {
  const latent = latentHeight * latentWidth;
  const depth = config.ch_mult.length - 1;
  const placesAt = (index: number) => latent * 4 ** (depth - index);
  const pixels = placesAt(0);
  const deepest = config.ch * config.ch_mult[depth];

  meter.moment(pixels * config.in_channels, pixels * config.ch);
  for (const level of encoderLevels(config)) autoencoderLevel(meter, level, placesAt(level.index), 1 / 4);
  residual(meter, 0, latent * deepest, latent * deepest);
  tokenAttention(meter, latent, deepest);
  if (config.n_embed !== null) {
    const distances = Math.min(latent, chunk) * config.n_embed;
    meter.moment(distances, distances, distances, latent * config.embed_dim);
  }
  const share = stripShare(vqCut(config), latentHeight, rows);
  const cut = pixels * share;
  let channels = deepest;
  /** The map that strips are cut from, and their sum. */
  let held = 0;
  for (const level of decoderLevels(config)) {
    if (level.index === 0) channels = autoencoderLevel(meter, level, cut, 4, held);
    else channels = autoencoderLevel(meter, level, placesAt(level.index), level.index === 1 ? 4 * share : 4);
    if (level.index === 1 && share < 1) held = placesAt(1) * channels + pixels * config.out_ch;
  }
  meter.moment(held, cut * channels, cut * channels, cut * channels);
}

/** All but the last level works on the latent's places; that has four times as many, of fewer channels. */
function tiny(
  meter: Meter,
  config: TinyAutoencoderConfig,
  latentHeight: number,
  latentWidth: number,
  rows: number,
): void {
  const places = latentHeight * latentWidth;
  const pixels = 3 * 16 * places;
  const map = places * config.channels;
  const detail = 4 * places * config.detail_channels;
  meter.moment(pixels, pixels, map);
  plainResidual(meter, 0, map, map);
  meter.moment(map, detail, detail);
  const share = stripShare(detailCut, latentHeight, rows);
  const held = share < 1 ? detail + pixels : 0;
  plainResidual(meter, held, share * detail, share * detail);
  meter.moment(held, share * detail, share * pixels, share * pixels);
}

/**
 * Encoder or decoder for one tile, whichever needs more.
 * @param latentHeight, latentWidth size of the latent
 * @param rows of the latent whose pixels are decoded at once (decode-strips.ts)
 */
export function autoencoderCost(
  config: AutoencoderConfig,
  latentHeight: number,
  latentWidth: number,
  backend: CostBackend,
  rows = latentHeight,
): ActivationCost {
  const meter = new Meter();
  if (config.kind === 'tiny') tiny(meter, config, latentHeight, latentWidth, rows);
  else vq(meter, config, latentHeight, latentWidth, rows);
  return meter.cost(backend);
}
