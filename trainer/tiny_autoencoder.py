"""The autoencoder of `compact`: f4, continuous latents, no norm, and nearly all of its work at the latent's size.

In ×4 super-resolution with an f4 latent the latent grid is the LR grid, so pixels are folded into channels first (pixel unshuffle)
and convolutions run there; only the decoder's last block sees twice that size. Pictures are NCHW in [−1, 1], H and W multiples
of 4; latents have zero mean and unit variance per channel, which is folded into `encoder.conv_out` and `decoder.conv_in`.
"""
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """x + conv(SiLU(conv(x))). The second convolution starts at zero, so that a new block is the identity."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        return x + self.conv2(F.silu(self.conv1(x)))


def blocks(count, channels):
    return nn.Sequential(*(Block(channels) for _ in range(count)))


class Encoder(nn.Module):
    """B×3×H×W → B×latent_channels×H/4×W/4."""

    def __init__(self, channels, latent_channels, count):
        super().__init__()
        self.conv_in = nn.Conv2d(3 * 16, channels, 3, padding=1)
        self.blocks = blocks(count, channels)
        self.conv_out = nn.Conv2d(channels, latent_channels, 3, padding=1)

    def forward(self, x):
        return self.conv_out(self.blocks(self.conv_in(F.pixel_unshuffle(x, 4))))


class Decoder(nn.Module):
    """B×latent_channels×h×w → B×3×4h×4w."""

    def __init__(self, channels, latent_channels, count, detail_channels):
        super().__init__()
        self.conv_in = nn.Conv2d(latent_channels, channels, 3, padding=1)
        self.blocks = blocks(count, channels)
        self.conv_up = nn.Conv2d(channels, 4 * detail_channels, 3, padding=1)
        self.block = Block(detail_channels)
        self.conv_out = nn.Conv2d(detail_channels, 3 * 4, 3, padding=1)

    def forward(self, z):
        h = self.blocks(self.conv_in(z))
        h = self.block(F.pixel_shuffle(self.conv_up(h), 2))
        return F.pixel_shuffle(self.conv_out(h), 2)


class TinyAutoencoder(nn.Module):
    def __init__(self, channels=64, latent_channels=8, encoder_blocks=2, decoder_blocks=4, detail_channels=32):
        super().__init__()
        self.encoder = Encoder(channels, latent_channels, encoder_blocks)
        self.decoder = Decoder(channels, latent_channels, decoder_blocks, detail_channels)

    def encode(self, x):
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)

    @torch.no_grad()
    def normalise(self, mean, std):
        """Shift and scale the latents ([C] each) to zero mean and unit variance; `encode` and `decode` undo each other as before.

        The decoder's shift is exact inside a picture. At its border zero padding now stands for the latents' mean.
        """
        mean, std = (value.to(self.encoder.conv_out.bias) for value in (mean, std))
        last, first = self.encoder.conv_out, self.decoder.conv_in
        last.weight.div_(std.view(-1, 1, 1, 1))
        last.bias.sub_(mean).div_(std)
        first.bias.add_((first.weight * mean.view(1, -1, 1, 1)).sum(dim=(1, 2, 3)))
        first.weight.mul_(std.view(1, -1, 1, 1))
