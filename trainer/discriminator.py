"""D_H and D_L (§5.1, §5.5): a trainable feature network with spectral-norm heads on several of its levels.

Features are a pretrained EfficientNet-Lite0's with a branch on the pixels themselves beside them, or start at random (`scratch`).
Logits are raw; larger means "real". A picture is B×3×H×W in [−1, 1], H and W multiples of the product of the strides.
"""
import torch
import torch.nn.functional as F
from torch import nn

from .efficientnet import EfficientNetLite0, channels
from .precision import GroupNorm

GROUPS = 4      # GroupNorm's, in place of StyleGAN-T's local batch statistics: works at batch 1
SLOPE = 0.2


class SpectralConv(nn.Module):
    """Convolution whose kernel is divided by its largest singular value σ = uᵀ W v; u and v are constants to the gradient.

    `u` is a buffer that `advance` moves by one power iteration; the forward pass changes nothing.
    """

    def __init__(self, c_in, c_out, size, stride=1):
        super().__init__()
        convolution = nn.Conv2d(c_in, c_out, size)
        self.weight, self.bias = convolution.weight, convolution.bias
        self.stride, self.padding = stride, (size - 1) // 2
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
        return F.conv2d(x, self.weight / self.sigma(), self.bias, stride=self.stride, padding=self.padding)


class Discriminator(nn.Module):
    """Pictures → one map of logits per head, finest first."""

    def advance(self):
        """One power iteration of every spectral norm; once per update of this network."""
        for module in self.modules():
            if isinstance(module, SpectralConv):
                module.advance()


class ScratchHead(nn.Module):
    """1×1 conv, norm, LeakyReLU; a 3×3 residual block over √2; 1×1 to one logit per place."""

    def __init__(self, channels, width):
        super().__init__()
        self.conv_in, self.norm_in = SpectralConv(channels, width, 1), GroupNorm(GROUPS, width)
        self.conv_mid, self.norm_mid = SpectralConv(width, width, 3), GroupNorm(GROUPS, width)
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
        self.norms = nn.ModuleList(GroupNorm(GROUPS, width) if index else nn.Identity() for index, width in enumerate(widths))

    def forward(self, x):
        levels = []
        for conv, norm in zip(self.convs, self.norms):
            x = F.leaky_relu(norm(conv(x)), SLOPE)
            levels.append(x)
        return levels


class ScratchDiscriminator(Discriminator):
    """On features that start at random, with a head on each of the last levels."""

    def __init__(self, in_channels=3, widths=(32, 64, 128, 128), strides=(2, 2, 2, 2), head_width=64, head_levels=3):
        super().__init__()
        self.features = FeatureNetwork(in_channels, list(widths), list(strides))
        self.heads = nn.ModuleList(ScratchHead(width, head_width) for width in widths[-head_levels:])

    def forward(self, x):
        levels = self.features(x)[-len(self.heads):]
        return [head(level) for head, level in zip(self.heads, levels)]


class Head(nn.Module):
    """1×1, 3×3 and 1×1 convolutions to one logit per place; the input counts relative to its own RMS, which is a constant to the gradient."""

    def __init__(self, c_in, width):
        super().__init__()
        self.conv_in, self.conv_mid, self.conv_out = SpectralConv(c_in, width, 1), SpectralConv(width, width, 3), SpectralConv(width, 1, 1)

    def forward(self, x):
        rms = x.detach().float().square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
        x = F.leaky_relu(self.conv_in(x / (rms + 1e-6)), SLOPE)
        return self.conv_out(F.leaky_relu(self.conv_mid(x), SLOPE))


class EfficientNetDiscriminator(Discriminator):
    """On EfficientNet-Lite0's first `blocks` blocks, with heads after those of `head_levels`, and on the pixels themselves.

    A stem of stride 2 hardly sees single pixels: without the pixel branch a generator learns a lattice of the latent grid. Heads are the pixel branch's, then those of the levels. `stem_stride` is 2 for HR pictures, 1 for LR ones.
    """

    def __init__(self, stem_stride=2, blocks=11, head_levels=(0, 2, 4, 10), head_width=64, pixel_widths=(32, 64)):
        super().__init__()
        self.head_levels = list(head_levels)
        self.features = EfficientNetLite0(blocks, stem_stride)
        fine, coarse = pixel_widths
        self.pixels = nn.ModuleList([SpectralConv(3, fine, 3), SpectralConv(fine, coarse, 4, stride=2)])
        widths = channels(blocks)
        self.heads = nn.ModuleList(Head(width, head_width) for width in [coarse] + [widths[level] for level in self.head_levels])

    def forward(self, x):
        pixels, levels = x, self.features(x)
        for convolution in self.pixels:
            pixels = F.leaky_relu(convolution(pixels), SLOPE)
        return [head(level) for head, level in zip(self.heads, [pixels] + [levels[level] for level in self.head_levels])]

    def parameter_groups(self, rates):
        """[{params, scale}] of the parts, each with the factor of its learning rate that `rates` has under its name, or 1: features that
        know something already move slowly."""
        return [{"params": list(part.parameters()), "scale": rates.get(name, 1.0)} for name, part in self.named_children()]

    def load_features(self, tensors):
        """Start at pretrained features, {`features.…`: tensor}; blocks that this network does not have are left out."""
        own = {name: tensors.get(f"features.{name}") for name in self.features.state_dict()}
        missing = sorted(name for name, value in own.items() if value is None)
        if missing:
            raise SystemExit(f"discriminator: the pretrained features have no {missing[0]}; use fewer blocks")
        self.features.load_state_dict(own)


KINDS = {"scratch": ScratchDiscriminator, "efficientnet-lite0": EfficientNetDiscriminator}


def build_discriminator(options):
    """A discriminator from its table of the configuration: `kind` (scratch where there is none) and that kind's keys."""
    options = dict(options)
    kind = options.pop("kind", "scratch")
    if kind not in KINDS:
        raise SystemExit(f"discriminator: kind is {kind}; it can be {' or '.join(KINDS)}")
    return KINDS[kind](**options)
