"""JPEG as the degradation uses it (§6.3): 4:2:0, baseline tables, rounding of coefficients, no entropy coding."""
import math

import torch
import torch.nn.functional as F

# The reference reads the luma table transposed; the rows here are the standard's columns.
LUMA = torch.tensor([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]], dtype=torch.float32).t()
CHROMA = torch.full((8, 8), 99.0)
CHROMA[:4, :4] = torch.tensor([[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]])

FORWARD = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
BACKWARD = torch.tensor([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])


def dct_matrix():
    """Orthonormal 8-point DCT-II."""
    k, n = torch.arange(8.0)[:, None], torch.arange(8.0)[None]
    matrix = torch.cos((2 * n + 1) * k * math.pi / 16) / 2
    matrix[0] /= math.sqrt(2)
    return matrix


def quantised(plane, table):
    """Round the DCT coefficients of each 8×8 block of B×H×W (centred on zero) to multiples of table B×8×8."""
    batch, height, width = plane.shape
    dct = dct_matrix().to(plane.device)
    blocks = plane.view(batch, height // 8, 8, width // 8, 8).transpose(2, 3)
    table = table[:, None, None]
    coefficients = torch.round(dct @ blocks @ dct.t() / table) * table
    return (dct.t() @ coefficients @ dct).transpose(2, 3).reshape(batch, height, width)


def jpeg(x, quality):
    """Compress and decompress B×3×H×W in [0, 1] with a quality (1..100) per sample [B]."""
    factor = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality) / 100
    factor = factor.to(x).view(-1, 1, 1)
    height, width = x.shape[2:]
    x = F.pad(x * 255, (0, -width % 16, 0, -height % 16))
    y, cb, cr = torch.einsum("ij,bjhw->ibhw", FORWARD.to(x), x)
    y = quantised(y - 128, LUMA.to(x) * factor) + 128
    chroma = [F.interpolate(quantised(F.avg_pool2d(c[:, None], 2)[:, 0], CHROMA.to(x) * factor)[:, None], scale_factor=2)[:, 0]
              for c in (cb, cr)]
    rgb = torch.einsum("ij,jbhw->bihw", BACKWARD.to(x), torch.stack([y, *chroma]))
    return (rgb.clamp(0, 255) / 255)[:, :, :height, :width]
