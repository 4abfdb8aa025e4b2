"""G, from the student's latent and noise to LR pixels (or their latent): ŷ = G(concat(ε̃, x̂)) (eq. 5, §8.12, §8.18).

The diffusion G is a U-Net like the student's whose condition slot takes the student's latent; the convolutional one is the small
residual network of Tables III and IV. Both are called as G(noise, t, latent).
"""
import torch
from torch import nn

from .autoencoder import ResnetBlock
from .unet import UNetModelSwin


KINDS = ("diffusion", "convolutional")


class ConvDownsampler(nn.Module):
    """conv 3×3, residual blocks, conv 3×3, all at the latent's size; the time is ignored."""

    def __init__(self, in_channels, width=64, blocks=4, out_channels=3):
        super().__init__()
        self.conv_in = nn.Conv2d(in_channels, width, 3, padding=1)
        self.blocks = nn.ModuleList(ResnetBlock(width, width) for _ in range(blocks))
        self.conv_out = nn.Conv2d(width, out_channels, 3, padding=1)

    def forward(self, noise, t, latent):
        h = self.conv_in(torch.cat([noise, latent], dim=1))
        for block in self.blocks:
            h = block(h)
        return self.conv_out(h)


def build_downsampler(kind, unet, latents, out_channels=3):
    """kind: diffusion | convolutional; `unet` is the student's configuration. @raises SystemExit for another kind"""
    if kind not in KINDS:
        raise SystemExit(f"downsampler is {kind}; it can be {' or '.join(KINDS)}")
    if kind == "convolutional":
        return ConvDownsampler(2 * latents, out_channels=out_channels)
    options = {key: value for key, value in unet.items() if key != "lq_size"}
    return UNetModelSwin(**{**options, "in_channels": 2 * latents, "out_channels": out_channels})
