"""The f4 autoencoder (§3): an encoder, a decoder, an optional codebook, two 1×1 convolutions.

Parameter names and shapes are those of the public VQ-f4 checkpoints, for any configuration. Images are NCHW in [−1, 1];
with L levels in `ch_mult` the latent is smaller by 2^(L−1) (4 for three levels).
"""
import torch
import torch.nn.functional as F
from torch import nn

from .precision import GroupNorm


def norm(channels):
    """GroupNorm with 32 groups; the autoencoder's epsilon is 1e-6 (§3.3), the U-Net's is not."""
    return GroupNorm(32, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    """x + conv(silu(GN(conv(silu(GN(x)))))) with a 1×1 shortcut when the width changes."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.norm1 = norm(c_in)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.norm2 = norm(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        if c_in != c_out:
            self.nin_shortcut = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttnBlock(nn.Module):
    """Single-head attention over all H·W positions, scale C^−½, residual. Queries go in chunks: the full score
    matrix of a 128×128 latent would take 1 GiB."""

    CHUNK = 4096

    def __init__(self, c):
        super().__init__()
        self.norm = norm(c)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(c, c, 1) for _ in range(4))

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x)
        q, k, v = (conv(h).flatten(2) for conv in (self.q, self.k, self.v))         # B×C×N
        parts = []
        for part in (q.transpose(1, 2) * c ** -0.5).split(self.CHUNK, dim=1):
            weights = torch.softmax(part @ k, dim=2)
            parts.append(weights @ v.transpose(1, 2))
        h = torch.cat(parts, dim=1).transpose(1, 2).reshape(b, c, height, width)
        return x + self.proj_out(h)


class Downsample(nn.Module):
    """Stride-2 convolution padded right and bottom only (the opposite of the U-Net's)."""

    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    """Nearest ×2, then a convolution."""

    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


def middle(c):
    return nn.ModuleDict({"block_1": ResnetBlock(c, c), "attn_1": AttnBlock(c), "block_2": ResnetBlock(c, c)})


def level(c_in, c_out, blocks):
    widths = [c_in] + [c_out] * blocks
    return nn.ModuleDict({"block": nn.ModuleList(ResnetBlock(a, b) for a, b in zip(widths, widths[1:]))})


class Encoder(nn.Module):
    """B×3×H×W → B×z_channels×H/f×W/f."""

    def __init__(self, ch, ch_mult, num_res_blocks, in_channels, z_channels):
        super().__init__()
        widths = [ch] + [ch * m for m in ch_mult]
        self.conv_in = nn.Conv2d(in_channels, ch, 3, padding=1)
        self.down = nn.ModuleList(level(a, b, num_res_blocks) for a, b in zip(widths, widths[1:]))
        for stage, width in zip(self.down[:-1], widths[1:]):
            stage["downsample"] = Downsample(width)
        self.mid = middle(widths[-1])
        self.norm_out = norm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], z_channels, 3, padding=1)

    def forward(self, x):
        h = self.conv_in(x)
        for stage in self.down:
            for block in stage["block"]:
                h = block(h)
            if "downsample" in stage:
                h = stage["downsample"](h)
        for part in self.mid.values():
            h = part(h)
        return self.conv_out(F.silu(self.norm_out(h)))


class Decoder(nn.Module):
    """B×z_channels×h×w → B×out_ch×f·h×f·w; `up.{l}` is numbered by resolution level, so the last runs first."""

    def __init__(self, ch, ch_mult, num_res_blocks, out_ch, z_channels):
        super().__init__()
        widths = [ch * m for m in ch_mult]
        self.conv_in = nn.Conv2d(z_channels, widths[-1], 3, padding=1)
        self.mid = middle(widths[-1])
        self.up = nn.ModuleList(level(a, b, num_res_blocks + 1) for a, b in zip(widths[1:] + widths[-1:], widths))
        for index in range(1, len(widths)):
            self.up[index]["upsample"] = Upsample(widths[index])
        self.norm_out = norm(widths[0])
        self.conv_out = nn.Conv2d(widths[0], out_ch, 3, padding=1)

    def forward(self, z):
        h = self.conv_in(z)
        for part in self.mid.values():
            h = part(h)
        for stage in reversed(self.up):
            for block in stage["block"]:
                h = block(h)
            if "upsample" in stage:
                h = stage["upsample"](h)
        return self.conv_out(F.silu(self.norm_out(h)))


class Codebook(nn.Module):
    """Nearest entry in L2 at each position, gradients straight through (§3.2)."""

    def __init__(self, entries, dim):
        super().__init__()
        self.embedding = nn.Embedding(entries, dim)

    def forward(self, z):
        """z B×D×h×w → (quantised z, indices of B·h·w)."""
        flat = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        codes = self.embedding.weight
        distance = (codes ** 2).sum(1) - 2 * flat @ codes.t()
        indices = distance.argmin(1)
        quantised = codes[indices].view(z.shape[0], *z.shape[2:], -1).permute(0, 3, 1, 2)
        return z + (quantised - z).detach(), indices


class Autoencoder(nn.Module):
    """encode: quant_conv(Encoder(x)), never quantised; decode: Decoder(post_quant_conv(codebook(z)))."""

    def __init__(self, ddconfig, embed_dim, n_embed=None):
        super().__init__()
        blocks = ddconfig["num_res_blocks"]
        args = (ddconfig["ch"], ddconfig["ch_mult"], blocks)
        self.encoder = Encoder(*args, ddconfig["in_channels"], ddconfig["z_channels"])
        self.decoder = Decoder(*args, ddconfig["out_ch"], ddconfig["z_channels"])
        self.quantize = Codebook(n_embed, embed_dim) if n_embed else None
        self.quant_conv = nn.Conv2d(ddconfig["z_channels"], embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(embed_dim, ddconfig["z_channels"], 1)

    def encode(self, x):
        return self.quant_conv(self.encoder(x))

    def decode(self, z, quantise=True):
        if self.quantize is not None and quantise:
            z, _ = self.quantize(z)
        return self.decoder(self.post_quant_conv(z))
