"""DISTS (Ding et al., TPAMI 2022): structure and texture similarity of VGG16's features, whose pooling is the L2 norm under a Hann window."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from .backbones import Backbone
from .features import load_features

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
C = 1e-6                                   # c₁ and c₂
WINDOW = torch.tensor([0.25, 0.5, 0.25])   # Hann, 3 taps
STAGES = (3, 64, 128, 256, 512, 512)       # the picture itself is the first


def l2_pool(x):
    """√(g ∗ x²) at stride 2."""
    kernel = torch.outer(WINDOW, WINDOW).to(x).expand(x.shape[1], 1, 3, 3)
    return torch.sqrt(F.conv2d(x.square(), kernel, stride=2, padding=1, groups=x.shape[1]) + 1e-12)


class Dists(nn.Module):
    """[N] distances of N×3×H×W pictures in [0, 1], 0 for equal ones."""

    def __init__(self):
        super().__init__()
        self.backbone = Backbone("vgg")
        weights = load_features("dists")
        total = weights["alpha"].sum() + weights["beta"].sum()
        self.register_buffer("alpha", weights["alpha"] / total)
        self.register_buffer("beta", weights["beta"] / total)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def stages(self, pictures):
        return [level.float() for level in (pictures, *self.backbone((pictures - self.mean) / self.deviation, l2_pool))]

    def forward(self, pictures, reference):
        """1 − Σ (α·l + β·s) over all channels: texture l from their means, structure s from their variances and covariance."""
        similarity = 0
        weights = zip(self.alpha.split(STAGES), self.beta.split(STAGES))
        for x, y, (alpha, beta) in zip(self.stages(pictures), self.stages(reference), weights):
            mean_x, mean_y = x.mean((2, 3)), y.mean((2, 3))
            x, y = x - mean_x[..., None, None], y - mean_y[..., None, None]
            texture = (2 * mean_x * mean_y + C) / (mean_x.square() + mean_y.square() + C)
            structure = (2 * (x * y).mean((2, 3)) + C) / (x.square().mean((2, 3)) + y.square().mean((2, 3)) + C)
            similarity = similarity + (alpha * texture + beta * structure).sum(1)
        return 1 - similarity
