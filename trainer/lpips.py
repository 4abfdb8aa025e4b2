"""LPIPS v0.1 (Zhang et al., CVPR 2018, eq. 1): d(x, y) = Σ_l mean_hw Σ_c w_lc (x̂_lchw − ŷ_lchw)².

x̂ are features of unit length over the channels; w, the heads, are the squares of the paper's.
"""
import torch
import torch.nn as nn

from .backbones import Backbone
from .features import load_features

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)      # ImageNet's mean and deviation for pictures in [−1, 1]


class Lpips(nn.Module):
    """Distance by "alex" or "vgg", frozen. Under autocast the features are of its type, lengths and differences always fp32."""

    def __init__(self, network):
        super().__init__()
        self.backbone = Backbone(network)
        heads = load_features(f"lpips-{network}")
        for level in range(5):
            self.register_buffer(f"head{level}", heads[f"head{level}.weight"].view(1, -1, 1, 1))
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1))

    def features(self, pictures):
        """N×3×H×W in [−1, 1] → five levels of N×C×h×w, fp32, of length 1 at every position."""
        levels = [level.float() for level in self.backbone((pictures - self.shift) / self.scale)]
        return [level * torch.rsqrt(level.square().sum(1, keepdim=True) + 1e-10) for level in levels]

    def forward(self, pictures, reference):
        """[N] distances of N×3×H×W in [−1, 1]; the gradient goes to `pictures` alone."""
        with torch.no_grad():
            targets = self.features(reference)
        return sum(((a - b).square() * getattr(self, f"head{level}")).sum(1).mean((1, 2))
                   for level, (a, b) in enumerate(zip(self.features(pictures), targets)))
