"""Training pairs from the pool: aligned sub-crops of latents and pixels."""
import numpy as np
import torch

from . import distributed
from .data import to_tensor
from .loop import device

SIDE = 64      # latent = LR pixels of a pool row


def as_tensor(latents):
    return torch.from_numpy(np.stack(latents).astype(np.float32)).to(device())


class Pairs:
    """Rows of a finished pool; a row is one LR version of one HR crop. Crops are size×size in latent = LR pixels."""

    def __init__(self, pool):
        self.per_crop = pool.per_crop
        self.rows = pool.done("latents") * pool.per_crop
        if not self.rows:
            raise SystemExit("the pool has no latents yet: run the stages autoencoder and pool first")
        self.hr, self.lr, self.z0, self.zy = (pool.array(name) for name in ("hr", "lr", "z0", "zy"))

    def latents(self, rows, corners, size):
        """(z0, zy, lr) of the given rows at the given corners."""
        cut = [(row, slice(y, y + size), slice(x, x + size)) for row, (y, x) in zip(rows, corners)]
        z0 = as_tensor([self.z0[row // self.per_crop][:, ys, xs] for row, ys, xs in cut])
        zy = as_tensor([self.zy[row][:, ys, xs] for row, ys, xs in cut])
        return z0, zy, to_tensor(np.stack([self.lr[row][ys, xs] for row, ys, xs in cut])).to(device())

    def pictures(self, rows, corners, size):
        """x of the same crops, B×3×4·size×4·size in [−1, 1]."""
        corners = 4 * np.asarray(corners)
        hr = [self.hr[row // self.per_crop][y:y + 4 * size, x:x + 4 * size] for row, (y, x) in zip(rows, corners)]
        return to_tensor(np.stack(hr)).to(device())

    def sample(self, rng, count, size):
        """This process's share of `count` random sub-crops, (z0, zy, lr)."""
        rows = rng.integers(self.rows, size=count)
        return distributed.mine(*self.latents(rows, rng.integers(SIDE - size + 1, size=(count, 2)), size))
