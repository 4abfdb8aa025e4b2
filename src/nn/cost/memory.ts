/**
 * Memory that a tile needs, worked out from the configuration: what the engine chooses its tile shape by. The functions
 * here walk a network's layers and count what is alive at once in each of them, as the networks' code frees it;
 * `cost.gpu.test.ts` holds the counts to what the backend has in use. Counts are float32 values of a batch of one. Not counted:
 * the matrix into which tfjs's WebGPU unrolls convolutions with few outputs (up to 8192), a few megabytes at the most.
 */
import type {
  AutoencoderConfig,
  TinyAutoencoderConfig,
  UnetConfig,
  VqAutoencoderConfig,
} from '../../presets/architecture.ts';
import { detailCut } from '../autoencoder.ts';
import { type Cut, planStrips } from '../decode-strips.ts';
import { type Block, type Layer, planUnet } from '../unet-plan.ts';
import { decoderLevels, encoderLevels, type Level, vqCut } from '../vqgan.ts';

export interface ActivationCost {
  /** Bytes of all tensors alive at the widest moment, weights not counted. */
  readonly alive: number;
  /** Bytes that the backend holds for them: what a memory budget is about. */
  readonly peak: number;
  /** Bytes of the largest single tensor. */
  readonly largest: number;
}

/**
 * Bytes held for each byte alive, measured over whole tiles of networks with GroupNorm and of compact, with a margin. On
 * WebGPU freed buffers are kept for tensors of just their size, by the pool or by the tile's recording (1.4–1.7, compact 2.4:
 * `npm run bench -- --only growth`). The heap of WebAssembly has gaps and XNNPACK's packed copies (2.8–3.3).
 */
const heldPerAlive = { webgpu: 2.5, wasm: 3.3, cpu: 1.5 } as const;

export type CostBackend = keyof typeof heldPerAlive;

const floatBytes = 4;

/** Rows of attention scores and code distances at a time (gpu/ops/attention, gpu/ops/nearest-code). */
const chunk = 1024;

class Meter {
  #peak = 0;
  #largest = 0;

  /** A moment with these tensors alive. */
  moment(...tensors: readonly number[]): void {
    this.#peak = Math.max(
      this.#peak,
      tensors.reduce((sum, n) => sum + n, 0),
    );
    this.#largest = Math.max(this.#largest, ...tensors);
  }

  cost(backend: CostBackend): ActivationCost {
    const alive = this.#peak * floatBytes;
    return { alive, peak: alive * heldPerAlive[backend], largest: this.#largest * floatBytes };
  }
}

/** A residual block: GroupNorm and SiLU hold their input and two values more, beside the block's own input. */
function residual(meter: Meter, held: number, x: number, h: number): void {
  meter.moment(held, x, x, x, x);
  meter.moment(held, x, h, h, h);
}

/** The same without norms: SiLU holds its input and two values more. */
function plainResidual(meter: Meter, held: number, x: number, h: number): void {
  meter.moment(held, x, h, h, h);
}

/** @param held what waits beside the layer, its own input not counted */
function unetLayer(meter: Meter, config: UnetConfig, layer: Layer, places: number, held: number): void {
  switch (layer.kind) {
    case 'res':
      (config.norm === 'none' ? plainResidual : residual)(meter, held, places * layer.inputs, places * layer.outputs);
      break;
    case 'swin':
      swin(meter, config, places, held + places * layer.channels, layer.window);
      break;
    case 'up':
      meter.moment(held, places * layer.inputs, 4 * places * layer.inputs, 4 * places * layer.outputs);
      break;
    case 'conv':
    case 'down':
      meter.moment(held, places * layer.inputs, places * layer.outputs);
      break;
    case 'silu':
      break;
  }
}

function swin(meter: Meter, config: UnetConfig, places: number, held: number, window: number): void {
  const map = places * config.swin_embed_dim;
  const hidden = map * config.mlp_ratio;
  const mask = places * window ** 2;
  const heads = config.swin_embed_dim / config.num_head_channels;
  const scores = mask * heads;
  // Indices into the bias table, and the bias of each head before and after turning: of no weight but in small tiles.
  const bias = window ** 4 * (2 * heads + 1);
  // Block input, shifted map and its windows; then queries, keys and values, turned.
  meter.moment(held, mask, 3 * map, 3 * map, 3 * map);
  // The same, with scores before and after one of bias, mask or softmax.
  meter.moment(held, mask, bias, 6 * map, map, scores, scores);
  // GELU: its input, the error function and two products.
  meter.moment(held, 2 * map, hidden, hidden, hidden, hidden);
}

/**
 * One evaluation of the UNet, its skip connections included.
 * @param height, width size of the latent
 */
export function unetCost(config: UnetConfig, height: number, width: number, backend: CostBackend): ActivationCost {
  const plan = planUnet(config);
  const meter = new Meter();
  let places = height * width;

  const conditionScale = plan.lrLayers.length > 0 ? (config.lq_size ?? 0) / config.image_size : 1;
  let conditionPlaces = places * conditionScale ** 2;
  for (const layer of plan.lrLayers) {
    unetLayer(meter, config, layer, conditionPlaces, 0);
    if (layer.kind === 'down') conditionPlaces /= 4;
  }

  const skips: number[] = [];
  let held = 0;
  /** Runs a block and returns the size of its output; its input waits to the end, since a skip connection may need it. */
  const block = ({ layers }: Block, input: number): number => {
    let size = input;
    layers.forEach((layer, i) => {
      unetLayer(meter, config, layer, places, held + (i > 0 ? input : 0));
      if (layer.kind === 'down') places /= 4;
      if (layer.kind === 'up') places *= 4;
      if ('outputs' in layer) size = places * layer.outputs;
    });
    return size;
  };

  let h = places * (config.in_channels + (plan.lrLayers.length > 0 ? 0 : 3));
  for (const entry of plan.input) {
    h = block(entry, h);
    skips.push(h);
    held = skips.slice(0, -1).reduce((sum, n) => sum + n, 0);
  }
  h = block(plan.middle, h);
  for (const entry of plan.output) {
    const skip = skips.pop() ?? 0;
    held = skips.reduce((sum, n) => sum + n, 0);
    meter.moment(held, h, skip, h + skip);
    h = block(entry, h + skip);
  }
  meter.moment(h, h, h);
  return meter.cost(backend);
}

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
