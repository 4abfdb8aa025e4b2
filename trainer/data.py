"""Training pictures in memory and random crops of them.

A source is any folder of pictures; a folder with a MANIFEST.tsv that names atlases (columns atlas, x, y) gives 256×256
tiles, so that no crop crosses a tile border. Pictures stay uint8 HWC; crops come out as float NCHW in [−1, 1].
"""
import csv
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}
TILE = 256


def read_image(path):
    """Picture as uint8 H×W×3."""
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def readable(paths):
    """(path, picture) of those that can be read, and how many can't."""
    pictures, unreadable = [], 0
    for path in paths:
        try:
            pictures.append((path, read_image(path)))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):      # what Pillow raises on broken files
            unreadable += 1
    return pictures, unreadable


def read_folder(folder):
    """Pictures of a folder in name order, atlases cut into their tiles; and the number of unreadable files."""
    folder = Path(folder)
    if not folder.is_dir():
        raise SystemExit(f"{folder}: there is no such folder of pictures")
    manifest = folder / "MANIFEST.tsv"
    rows = list(csv.DictReader(manifest.open(encoding="utf-8"), delimiter="\t")) if manifest.exists() else []
    if not rows or "atlas" not in rows[0]:
        pictures, unreadable = readable(sorted(p for p in folder.iterdir() if p.suffix.lower() in ENDINGS))
        return [picture for _, picture in pictures], unreadable
    pictures, unreadable = readable([folder / name for name in sorted({row["atlas"] for row in rows})])
    atlases = {path.name: picture for path, picture in pictures}
    corners = [(row["atlas"], int(row["x"]), int(row["y"])) for row in rows if row["atlas"] in atlases]
    return [np.ascontiguousarray(atlases[name][y:y + TILE, x:x + TILE]) for name, x, y in corners], unreadable


def shrunk(image, factor):
    """Area reduction by a whole factor."""
    height, width = (side // factor * factor for side in image.shape[:2])
    blocks = image[:height, :width].reshape(height // factor, factor, width // factor, factor, 3)
    return np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)


def to_tensor(images):
    """uint8 N×H×W×3 → float N×3×H×W in [−1, 1]."""
    planes = np.ascontiguousarray(np.moveaxis(images, 3, 1))     # real NCHW: GroupNorm is slow on channels-last strides
    return torch.from_numpy(planes).float().div_(127.5).sub_(1)


def to_uint8(x):
    """float N×3×H×W in [−1, 1] → uint8 N×H×W×3, rounded and clipped."""
    return x.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


class Crops:
    """Random crops: pictures are drawn by area^½ (a large picture counts more, not in full), tiles count like the rest.

    Pictures larger than 2·min_side also exist reduced ×2 and ×3: more detail in each crop, less of the camera's blur.
    """

    def __init__(self, folders, min_side=TILE):
        read = [read_folder(folder) for folder in folders]
        originals = [image for images, _ in read for image in images]
        reduced = [shrunk(image, k) for image in originals for k in (2, 3) if min(image.shape[:2]) >= k * min_side]
        self.images = [image for image in originals + reduced if min(image.shape[:2]) >= min_side]
        self.unreadable = sum(count for _, count in read)
        self.small = sum(min(image.shape[:2]) < min_side for image in originals)
        if self.unreadable or self.small:
            print(f"pictures skipped: {self.unreadable} unreadable, {self.small} smaller than {min_side} pixels", flush=True)
        if not self.images:
            raise SystemExit(f"no picture of at least {min_side} pixels a side in {', '.join(map(str, folders))}")
        area = np.array([image.shape[0] * image.shape[1] for image in self.images], dtype=np.float64)
        self.weights = np.sqrt(area) / np.sqrt(area).sum()

    def sample_uint8(self, rng, count, size):
        """`count` crops of size×size with random horizontal and vertical flips, uint8 N×size×size×3."""
        out = np.empty((count, size, size, 3), np.uint8)
        for row, pick in zip(out, rng.choice(len(self.images), count, p=self.weights)):
            image = self.images[pick]
            y, x = (int(rng.integers(side - size + 1)) for side in image.shape[:2])
            crop = image[y:y + size, x:x + size]
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
