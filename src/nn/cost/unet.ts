/** Memory that one evaluation of the UNet needs (meter.ts). */
import type { UnetConfig } from '../../presets/architecture.ts';
import { type Block, type Layer, planUnet } from '../unet-plan.ts';
import { type ActivationCost, type CostBackend, Meter, plainResidual, residual } from './meter.ts';

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
