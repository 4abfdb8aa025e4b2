/** AlexNet as LPIPS takes it (Krizhevsky 2014, as torchvision has it): its parameters, and what that means for a picture's size. */
import type { ParamShapes } from '../presets/architecture.ts';

/** Channels of the convolutions and the sides of their filters; the first has stride 4 and 2 rows of zeros around. */
export const lpipsLayers = [
  { channels: 64, kernel: 11 },
  { channels: 192, kernel: 5 },
  { channels: 384, kernel: 3 },
  { channels: 256, kernel: 3 },
  { channels: 256, kernel: 3 },
] as const;
/** Max-pooling stands before these. */
export const lpipsPooled: readonly number[] = [1, 2];

/** Pixels between two places of each layer's features. */
export const lpipsStrides: readonly number[] = [4, 8, 16, 16, 16];
/** Pixels that the features of a place look at on either side of it, at most. */
export const lpipsReach = 96;

/** Names and PyTorch shapes of the convolutions and of the weights per channel, `head`. */
export function lpipsParamShapes(): ParamShapes {
  const shapes = new Map<string, readonly number[]>();
  for (const [i, { channels, kernel }] of lpipsLayers.entries()) {
    shapes.set(`conv${i}.weight`, [channels, lpipsLayers[i - 1]?.channels ?? 3, kernel, kernel]);
    shapes.set(`conv${i}.bias`, [channels]);
    shapes.set(`head${i}.weight`, [channels]);
  }
  return shapes;
}
