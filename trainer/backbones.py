"""Convolutions of AlexNet and VGG16 as torchvision has them, up to the last level that a perceptual metric looks at."""
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from .features import load_features


@dataclass(frozen=True)
class Architecture:
    """Convolutions a level (the output of its last ReLU is the level's), levels that start with pooling, the pooling window (stride 2)."""
    levels: tuple
    pooled: tuple
    window: int
    stride: int      # of the first convolution


ARCHITECTURES = {"alex": Architecture((1, 1, 1, 1, 1), (1, 2), 3, 4), "vgg": Architecture((2, 2, 3, 3, 3), (1, 2, 3, 4), 2, 1)}


class Backbone(nn.Module):
    """Frozen convolutions. Weights: those of LPIPS, which has them unchanged."""

    def __init__(self, network):
        super().__init__()
        self.architecture = ARCHITECTURES[network]
        stored = load_features(f"lpips-{network}")
        for index in range(sum(self.architecture.levels)):
            for part in ("weight", "bias"):
                value = stored[f"conv{index}.{part}"]
                self.register_buffer(f"{part}{index}", value.to(memory_format=torch.channels_last) if part == "weight" else value)

    def forward(self, x, pool=None):
        """N×3×H×W as the network expects it → features of the five levels; `pool` stands in for the maximum."""
        pool = pool or (lambda x: F.max_pool2d(x, self.architecture.window, 2))
        index, levels = 0, []
        x = x.contiguous(memory_format=torch.channels_last)
        for level, count in enumerate(self.architecture.levels):
            x = pool(x) if level in self.architecture.pooled else x
            for _ in range(count):
                weight = getattr(self, f"weight{index}")
                stride, padding = (1, weight.shape[-1] // 2) if index else (self.architecture.stride, min(weight.shape[-1] // 2, 2))
                x = F.relu(F.conv2d(x, weight, getattr(self, f"bias{index}"), stride, padding))
                index += 1
            levels.append(x)
        return levels
