"""Window attention of the U-Net (§2.3): Swin blocks on NCHW with GroupNorm or LayerNorm, and without an outer residual."""
import torch
import torch.nn.functional as F
from torch import nn

from .precision import GroupNorm


def group_norm(channels):
    """GroupNorm with 32 groups; the U-Net's epsilon is 1e-5 (§2.2)."""
    return GroupNorm(32, channels, eps=1e-5)


class PixelNorm(nn.LayerNorm):
    """LayerNorm over the channels of each pixel of B×C×H×W, in fp32: no pixel's result depends on another's."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1).float()).permute(0, 3, 1, 2)


def relative_index(window):
    """Row of the bias table for query a and key b, both 0..window²−1: [window², window²]."""
    place = torch.arange(window * window)
    rows = place[:, None] // window - place[None] // window + window - 1
    columns = place[:, None] % window - place[None] % window + window - 1
    return rows * (2 * window - 1) + columns


def published_mask(rows, columns, window, shift):
    """Logit offsets [rows, 1, 1, window², window²] of a shifted map, as the public weights were trained.

    Only the windows of the last row are masked, and in them only the two column halves against each other: the published code
    indexes the wrong axis (§2.3 "mask quirk"), and weights are exchangeable only with that.
    """
    left = torch.arange(window * window) % window < window - shift
    mask = torch.zeros(rows, 1, 1, window * window, window * window)
    mask[-1, 0, 0] = (left[:, None] != left[None]) * -100.0
    return mask


def standard_mask(rows, columns, window, shift):
    """Logit offsets [rows, columns, 1, window², window²] of a shifted map: places that the roll brought together from opposite
    edges do not see each other. Only the last row and column of windows hold such places."""
    place = torch.arange(window * window)
    parts = []
    for count, along in ((rows, place // window), (columns, place % window)):
        wrapped = torch.zeros(count, window * window, dtype=torch.bool)
        wrapped[-1] = along >= window - shift
        parts.append(wrapped)
    region = 2 * parts[0][:, None].int() + parts[1][None].int()
    return (region[:, :, :, None] != region[:, :, None, :]).float()[:, :, None] * -100.0


MASKS = {"published": published_mask, "standard": standard_mask}


class WindowAttention(nn.Module):
    """Multi-head attention inside each window, with a learned relative position bias per head."""

    def __init__(self, dim, window, heads):
        super().__init__()
        self.window, self.heads = window, heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.register_buffer("index", relative_index(window).flatten(), persistent=False)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def forward(self, x, mask=None):
        """x B×rows×columns×T×C (windows of T = window² tokens); mask broadcasts over B×rows×columns×heads… as in shift_mask."""
        batch, rows, columns, tokens, dim = x.shape
        qkv = self.qkv(x).view(batch, rows, columns, tokens, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(4, 0, 1, 2, 5, 3, 6)
        bias = self.relative_position_bias_table[self.index].view(tokens, tokens, self.heads).permute(2, 0, 1)
        logits = (q * (dim // self.heads) ** -0.5) @ k.transpose(-2, -1) + bias
        if mask is not None:
            logits = logits + mask
        out = torch.softmax(logits, dim=-1) @ v
        return self.proj(out.transpose(3, 4).reshape(batch, rows, columns, tokens, dim))


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Conv2d(dim, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, dim, 1)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class SwinBlock(nn.Module):
    """x + attention(N(x)) over (shifted) windows, then x + mlp(N(x)); N is GroupNorm, or LayerNorm where `norm` is none."""

    def __init__(self, dim, heads, window, shift, mlp_ratio, norm, shift_mask):
        super().__init__()
        self.window, self.shift, self.mask = window, shift, MASKS[shift_mask]
        make_norm = group_norm if norm == "group" else PixelNorm
        self.norm1 = make_norm(dim)
        self.attn = WindowAttention(dim, window, heads)
        self.norm2 = make_norm(dim)
        self.mlp = Mlp(dim, int(dim * mlp_ratio))

    def forward(self, x):
        batch, dim, height, width = x.shape
        size, shift = self.window, self.shift
        rows, columns = height // size, width // size
        h, mask = self.norm1(x), None
        if shift:
            h = torch.roll(h, (-shift, -shift), (2, 3))
            mask = self.mask(rows, columns, size, shift).to(x.device)
        h = h.view(batch, dim, rows, size, columns, size).permute(0, 2, 4, 3, 5, 1)
        h = self.attn(h.reshape(batch, rows, columns, size * size, dim), mask)
        h = h.view(batch, rows, columns, size, size, dim).permute(0, 5, 1, 3, 2, 4).reshape(x.shape)
        if shift:
            h = torch.roll(h, (shift, shift), (2, 3))
        x = x + h
        return x + self.mlp(self.norm2(x))


class Projection(nn.Module):
    """A 1×1 convolution under the name `proj` (patch size 1)."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.proj = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        return self.proj(x)


class BasicLayer(nn.Module):
    """1×1 to the embedding width, `depth` blocks with every second one shifted by half a window, 1×1 back.

    `resolution` is the map size the layer was made for: up to one window there is no shift, whatever size runs later.
    """

    def __init__(self, channels, embed_dim, heads, resolution, window, depth, mlp_ratio, norm="group", shift_mask="published"):
        super().__init__()
        window = min(window, resolution)
        shift = 0 if resolution <= window else window // 2
        self.patch_embed = Projection(channels, embed_dim)
        self.blocks = nn.ModuleList(SwinBlock(embed_dim, heads, window, shift * (i % 2), mlp_ratio, norm, shift_mask)
                                    for i in range(depth))
        self.patch_unembed = Projection(embed_dim, channels)

    def forward(self, x):
        x = self.patch_embed(x)
        for block in self.blocks:
            x = block(x)
        return self.patch_unembed(x)
