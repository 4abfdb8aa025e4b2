"""Training pairs from the pool: aligned sub-crops of latents and LR pixels."""
import numpy as np
import torch

from .data import to_tensor
from .loop import device


def as_tensor(latents):
    return torch.from_numpy(np.stack(latents).astype(np.float32)).to(device())


class Pairs:
    """Rows of a finished pool; a row is one LR version of one HR crop. Crops are size×size in latent = LR pixels."""

    def __init__(self, pool):
        self.per_crop = pool.per_crop
        self.rows = pool.done("latents") * pool.per_crop
        if not self.rows:
            raise SystemExit("the pool has no latents yet: run the stages autoencoder and pool first")
        self.lr, self.z0, self.zy = (pool.array(name) for name in ("lr", "z0", "zy"))

    def whole(self, row):
        """(z0, zy, lq) of one row, each 1×C×64×64."""
        return as_tensor([self.z0[row // self.per_crop]]), as_tensor([self.zy[row]]), to_tensor(self.lr[row:row + 1]).to(device())

    def sample(self, rng, count, size, rows=None, more=()):
        """`count` random sub-crops as (z0, zy, lq, *more); `more` are further arrays [rows, C, 64, 64] to crop alike."""
        rows = rng.integers(rows or self.rows, size=count)
        corners = rng.integers(64 - size + 1, size=(count, 2))

        def cut(array, index_of=lambda row: row):
            return [array[index_of(row)][:, y:y + size, x:x + size] for row, (y, x) in zip(rows, corners)]

        lq = np.stack([self.lr[row][y:y + size, x:x + size] for row, (y, x) in zip(rows, corners)])
        latents = [cut(self.z0, lambda row: row // self.per_crop), cut(self.zy), *map(cut, more)]
        z0, zy, *rest = map(as_tensor, latents)
        return (z0, zy, to_tensor(lq).to(device()), *rest)


def size_and_count(options, rng):
    """Crop size from `crop_sizes` with `crop_shares`; `batch` holds for the first size, others keep the number of pixels."""
    size = int(rng.choice(options["crop_sizes"], p=options["crop_shares"]))
    return size, max(1, round(options["batch"] * (options["crop_sizes"][0] / size) ** 2))
