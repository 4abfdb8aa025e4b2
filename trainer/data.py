"""Random crops of pictures in memory, and the two bicubic resizes of the method.

Pictures stay uint8 HWC; crops come out as float NCHW in [−1, 1].
"""
import numpy as np
import torch
import torch.nn.functional as F

from .sources import TILE, parts_of, read_sources, report_skipped


def shrunk(image, factor):
    """Area reduction by a whole factor."""
    height, width = (side // factor * factor for side in image.shape[:2])
    total = np.zeros((height // factor, width // factor, 3), np.uint16)
    for y in range(factor):
        for x in range(factor):
            total += image[y:height:factor, x:width:factor]
    return np.rint(total / factor ** 2).astype(np.uint8)


def to_tensor(images):
    """uint8 N×H×W×3 → float N×3×H×W in [−1, 1]."""
    planes = np.ascontiguousarray(np.moveaxis(images, 3, 1))
    return torch.from_numpy(planes).float().div_(127.5).sub_(1)


def to_uint8(x):
    """float N×3×H×W in [−1, 1] → uint8 N×H×W×3, rounded and clipped."""
    return x.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def detail(image):
    """Mean absolute difference of horizontal and vertical neighbours, in 8-bit steps."""
    grey = image.mean(axis=2, dtype=np.float32)
    return np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()


class Crops:
    """Random crops: pictures are drawn by area^½ (a large picture counts more, not in full), tiles count like the rest.

    Pictures larger than 2·min_side also exist reduced ×2 and ×3: more detail in each crop, less of the camera's blur.
    """

    def __init__(self, sources, min_side=TILE):
        originals, unreadable, small = read_sources(sources, min_side)
        report_skipped(unreadable, small, min_side)
        reduced = [shrunk(image, k) for image in originals for k in (2, 3) if min(image.shape[:2]) >= k * min_side]
        self.images = originals + reduced
        if not self.images:
            raise SystemExit(f"no picture of at least {min_side} pixels a side to train on")
        area = np.array([image.shape[0] * image.shape[1] for image in self.images], dtype=np.float64)
        self.weights = np.sqrt(area) / np.sqrt(area).sum()

    @classmethod
    def of(cls, config):
        return cls(parts_of(config)["train"])

    def crop(self, rng, size):
        image = self.images[rng.choice(len(self.images), p=self.weights)]
        y, x = (int(rng.integers(side - size + 1)) for side in image.shape[:2])
        return image[y:y + size, x:x + size]

    def sample_uint8(self, rng, count, size, draws=1):
        """`count` crops of size×size with random horizontal and vertical flips, uint8 N×size×size×3; each the one with most detail of
        `draws`, as photographs are mostly sky and blur."""
        out = np.empty((count, size, size, 3), np.uint8)
        for row in out:
            crop = max((self.crop(rng, size) for _ in range(draws)), key=detail) if draws > 1 else self.crop(rng, size)
            row[:] = crop[::rng.choice((1, -1)), ::rng.choice((1, -1))]
        return out

    def sample(self, rng, count, size):
        return to_tensor(self.sample_uint8(rng, count, size))


def reduce4(x):
    """×¼ with an antialiased bicubic filter (the usual "bicubic" LR of the literature), then rounded to 8 bit."""
    low = F.interpolate(x, scale_factor=0.25, mode="bicubic", antialias=True)
    return low.clamp(-1, 1).add(1).mul(127.5).round().div(127.5).sub(1)


def enlarge4(x):
    """Bicubic ×4 as the networks see it: a = −0.75, no antialiasing, overshoot kept (§1.7)."""
    return F.interpolate(x, scale_factor=4, mode="bicubic")
