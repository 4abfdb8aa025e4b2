"""UNetModelSwin (§2): the one architecture of teacher, student and downsampler, with the public parameter names."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .swin import BasicLayer, group_norm


def time_features(t, dim):
    """Integer times [B] → [B, dim]: cosines then sinusoids of t·10000^(−k/(dim/2)) (§2.2)."""
    half = dim // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
    angles = t.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def normalised(norm, channels):
    """The layers before a convolution: GroupNorm and SiLU, or nothing."""
    return (group_norm(channels), nn.SiLU()) if norm == "group" else (nn.Identity(), nn.Identity())


class ResBlock(nn.Module):
    """skip(x) + conv(silu(N(conv(silu(N(x))))·(1+scale)+shift)); scale and shift come from the time embedding.

    N is GroupNorm. Without norms the block is skip(x) + conv(silu(conv(x)·(1+scale)+shift)).
    """

    def __init__(self, c_in, c_out, embedding, norm):
        super().__init__()
        self.in_layers = nn.Sequential(*normalised(norm, c_in), nn.Conv2d(c_in, c_out, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(embedding, 2 * c_out))
        self.out_layers = nn.Sequential(normalised(norm, c_out)[0], nn.SiLU(), nn.Identity(), nn.Conv2d(c_out, c_out, 3, padding=1))
        self.skip_connection = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)
        nn.init.zeros_(self.out_layers[3].weight)
        nn.init.zeros_(self.out_layers[3].bias)

    def forward(self, x, embedding):
        h = self.in_layers(x)
        scale, shift = self.emb_layers(embedding)[:, :, None, None].chunk(2, dim=1)
        h = self.out_layers[0](h) * (1 + scale) + shift
        return self.skip_connection(x) + self.out_layers[3](F.silu(h))


class Downsample(nn.Module):
    """Stride-2 convolution, padded on all sides (the autoencoder's is not)."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.op = nn.Conv2d(c_in, c_out, 3, stride=2, padding=1)

    def forward(self, x):
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class Block(nn.Sequential):
    """A numbered list of layers of which only residual blocks see the time embedding."""

    def forward(self, x, embedding):
        for layer in self:
            x = layer(x, embedding) if isinstance(layer, ResBlock) else layer(x)
        return x


def condition_extractor(lq_size, image_size):
    """Brings an LR picture that is larger than the latent to its size: conv, SiLU, stride-2 conv per factor of two."""
    layers, width, c_in = [], 16, 3
    for _ in range(int(math.log2(lq_size // image_size))):
        layers += [nn.Conv2d(c_in, width, 3, padding=1), nn.SiLU(), Downsample(width, 2 * width)]
        width = c_in = 2 * width
    return nn.Sequential(*layers), c_in


class UNetModelSwin(nn.Module):
    """f(x, t, lr): B×C×H×W scaled noisy latent, integer times [B], LR pixels in [−1, 1] → latent of out_channels.

    `in_channels` counts the latent alone when `lq_size` is given (ResShift's convention) and latent + LR pixels when it is not
    (SinSR's). H and W are multiples of 8·2^(levels−1). `norm` is group (the public networks) or none (`compact`); `shift_mask`
    is published (swin.py) or standard.
    """

    def __init__(self, image_size, in_channels, model_channels, out_channels, num_res_blocks, attention_resolutions,
                 channel_mult, num_head_channels, swin_embed_dim, window_size, mlp_ratio, swin_depth=2,
                 use_scale_shift_norm=True, lq_size=None, cond_lq=True, norm="group", shift_mask="published"):
        super().__init__()
        if norm not in ("group", "none"):
            raise ValueError(f"norm is {norm}; it can be group or none")
        if not (use_scale_shift_norm and cond_lq):
            raise ValueError("only use_scale_shift_norm = true and cond_lq = true are built")
        self.model_channels = model_channels
        embedding = 4 * model_channels
        self.time_embed = nn.Sequential(nn.Linear(model_channels, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.feature_extractor, condition = None, 3 if lq_size else 0
        if lq_size and lq_size != image_size:
            self.feature_extractor, condition = condition_extractor(lq_size, image_size)

        def swin(channels, size):
            heads = swin_embed_dim // num_head_channels
            return BasicLayer(channels, swin_embed_dim, heads, size, window_size, swin_depth, mlp_ratio, norm, shift_mask)

        def residual(c_in, c_out):
            return ResBlock(c_in, c_out, embedding, norm)

        width, size, skips = model_channels * channel_mult[0], image_size, []
        self.input_blocks = nn.ModuleList([Block(nn.Conv2d(in_channels + condition, width, 3, padding=1))])
        skips.append(width)
        for level, mult in enumerate(channel_mult):
            for index in range(num_res_blocks[level]):
                layers = [residual(width, mult * model_channels)]
                width = mult * model_channels
                if size in attention_resolutions and index == 0:
                    layers.append(swin(width, size))
                self.input_blocks.append(Block(*layers))
                skips.append(width)
            if level + 1 < len(channel_mult):
                self.input_blocks.append(Block(Downsample(width, width)))
                skips.append(width)
                size //= 2
        self.middle_block = Block(residual(width, width), swin(width, size), residual(width, width))
        self.output_blocks = nn.ModuleList()
        for level, mult in reversed(list(enumerate(channel_mult))):
            for index in range(num_res_blocks[level] + 1):
                layers = [residual(width + skips.pop(), mult * model_channels)]
                width = mult * model_channels
                if size in attention_resolutions and index == 0:
                    layers.append(swin(width, size))
                if level and index == num_res_blocks[level]:
                    layers.append(Upsample(width))
                    size *= 2
                self.output_blocks.append(Block(*layers))
        self.out = nn.Sequential(*normalised(norm, width), nn.Conv2d(width, out_channels, 3, padding=1))

    def forward(self, x, t, lr):
        embedding = self.time_embed(time_features(t, self.model_channels))
        condition = self.feature_extractor(lr) if self.feature_extractor is not None else lr
        h, skips = torch.cat([x, condition], dim=1), []
        for block in self.input_blocks:
            h = block(h, embedding)
            skips.append(h)
        h = self.middle_block(h, embedding)
        for block in self.output_blocks:
            h = block(torch.cat([h, skips.pop()], dim=1), embedding)
        return self.out(h)
