"""D_H and D_L (spec §5.5 B): a small trainable feature network with StyleGAN-T-like heads on its last levels.

Logits are raw; larger means "real". A picture is B×3×H×W in [−1, 1], H and W multiples of the product of the strides.
"""
import torch
import torch.nn.functional as F
from torch import nn

GROUPS = 4      # GroupNorm's, in place of StyleGAN-T's local batch statistics: works at batch 1
SLOPE = 0.2


class SpectralConv(nn.Module):
    """Convolution whose kernel is divided by its largest singular value σ = uᵀ W v; u and v are constants to the gradient.

    `u` is a buffer that `advance` moves by one power iteration; the forward pass changes nothing.
    """

    def __init__(self, c_in, c_out, size):
        super().__init__()
        convolution = nn.Conv2d(c_in, c_out, size)
        self.weight, self.bias, self.padding = convolution.weight, convolution.bias, size // 2
        self.register_buffer("u", F.normalize(torch.randn(c_out), dim=0))

    def sigma(self):
        with torch.autocast(self.weight.device.type, enabled=False):
            matrix = self.weight.flatten(1)
            with torch.no_grad():
                v = F.normalize(matrix.t() @ self.u, dim=0)
            return self.u @ (matrix @ v)

    @torch.no_grad()
    def advance(self):
        matrix = self.weight.flatten(1)
        self.u.copy_(F.normalize(matrix @ F.normalize(matrix.t() @ self.u, dim=0), dim=0))

    def forward(self, x):
        return F.conv2d(x, self.weight / self.sigma(), self.bias, padding=self.padding)


class Head(nn.Module):
    """1×1 conv, norm, LeakyReLU; a 3×3 residual block over √2; 1×1 to one logit per place."""

    def __init__(self, channels, width):
        super().__init__()
        self.conv_in, self.norm_in = SpectralConv(channels, width, 1), nn.GroupNorm(GROUPS, width)
        self.conv_mid, self.norm_mid = SpectralConv(width, width, 3), nn.GroupNorm(GROUPS, width)
        self.conv_out = SpectralConv(width, 1, 1)

    def forward(self, x):
        x = F.leaky_relu(self.norm_in(self.conv_in(x)), SLOPE)
        x = (x + F.leaky_relu(self.norm_mid(self.conv_mid(x)), SLOPE)) / 2 ** 0.5
        return self.conv_out(x)


class FeatureNetwork(nn.Module):
    """3×3 convolutions with a stride each, GroupNorm on all but the first; returns every level."""

    def __init__(self, in_channels, widths, strides):
        super().__init__()
        sizes = list(zip([in_channels] + widths, widths, strides))
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, stride=stride, padding=1) for a, b, stride in sizes)
        self.norms = nn.ModuleList(nn.GroupNorm(GROUPS, width) if index else nn.Identity() for index, width in enumerate(widths))

    def forward(self, x):
        levels = []
        for conv, norm in zip(self.convs, self.norms):
            x = F.leaky_relu(norm(conv(x)), SLOPE)
            levels.append(x)
        return levels


class Discriminator(nn.Module):
    """Pictures → one map of logits per head, finest first."""

    def __init__(self, in_channels=3, widths=(32, 64, 128, 128), strides=(2, 2, 2, 2), head_width=64, head_levels=3):
        super().__init__()
        self.features = FeatureNetwork(in_channels, list(widths), list(strides))
        self.heads = nn.ModuleList(Head(width, head_width) for width in widths[-head_levels:])

    def forward(self, x):
        levels = self.features(x)[-len(self.heads):]
        return [head(level) for head, level in zip(self.heads, levels)]

    def advance(self):
        """One power iteration of every spectral norm; once per update of this network."""
        for module in self.modules():
            if isinstance(module, SpectralConv):
                module.advance()
