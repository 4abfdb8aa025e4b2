"""Stage `targets`: the teacher's samples that students learn from (eq. 2), computed once per (crop, ε) and kept.

Crop i is a fixed sub-crop of a pool row, ε a fixed draw; the target is the end of the teacher's 15-step deterministic chain from
x_T = z_y + κ√η_T ε (§8.10). Resumes crop by crop, and starts over when the teacher is newer.
"""
import json
import time
from pathlib import Path

import numpy as np
import torch

from .. import distributed
from ..config import build_diffusion, build_unet, finished, precision
from ..cotraining import Batch
from ..loop import Randomness, device
from ..pairs import SIDE, Pairs, as_tensor
from .pool import Pool

GROUP = 8      # crops a teacher call


class Targets:
    """`count` crops of size×size latents with their noise and target; `done` of them are computed."""

    def __init__(self, config):
        self.pairs, options = Pairs(Pool(config)), config["targets"]
        self.seed, self.size = options.get("seed", config["seed"]), options["size"]
        rng = Randomness(self.seed, "targets", 0).numpy
        self.rows = rng.permutation(self.pairs.rows)[:options["crops"]]
        self.corners = rng.integers(SIDE - self.size + 1, size=(len(self.rows), 2))
        self.shape = (len(self.rows), *self.pairs.zy.shape[1:2], self.size, self.size)
        self.path = Path(config["runs"]) / "pool" / "targets.npy"
        self.progress_file = self.path.with_suffix(".json")
        self.progress = json.loads(self.progress_file.read_text()) if self.progress_file.exists() else {}

    @property
    def done(self):
        return self.progress.get("done", 0)

    def array(self, fresh=False):
        if fresh:
            return np.lib.format.open_memmap(self.path, mode="w+", dtype=np.float16, shape=self.shape)
        return np.lib.format.open_memmap(self.path, mode="r+")

    def noise(self, indices):
        """ε of crops: the same whenever it is asked for."""
        return torch.cat([Randomness(self.seed, "target noise", int(i)).normal(1, *self.shape[1:]) for i in indices])

    def crops(self, indices):
        return self.pairs.crops(self.rows[indices], self.corners[indices], self.size)

    def batch(self, random, count, window):
        """This process's share of a batch of `count` crops, without DiffAugment's draws."""
        indices = random.numpy.integers(self.done, size=count)
        side = min(window, self.size)
        y, x = (int(n) for n in random.numpy.integers(self.size - side + 1, size=2))
        z0, zy, lq, hr = self.crops(indices)
        tensors = distributed.mine(z0, zy, lq, hr, self.noise(indices), as_tensor(self.array()[indices]), random.normal(*zy.shape))
        return Batch(*tensors, window=(y, x, side), draws={})


@torch.no_grad()
def make_targets(config, targets, deadline):
    teacher, stored = finished(config, "teacher", "teacher", build_unet(config))
    diffusion = build_diffusion(config)
    key = {"teacher_step": stored["step"], "rows": targets.pairs.rows, "shape": list(targets.shape)}
    fresh = any(targets.progress.get(name) != value for name, value in key.items())
    array = targets.array(fresh)
    for start in range(0 if fresh else targets.done, targets.shape[0], GROUP):
        indices = np.arange(start, min(start + GROUP, targets.shape[0]))
        _, zy, lq, _ = targets.crops(indices)
        with precision(config):
            sample = diffusion.deterministic_sample(teacher, diffusion.prior(zy, targets.noise(indices).to(device())), zy, lq)
        array[indices] = sample.float().cpu().numpy()
        targets.progress = {**key, "done": int(indices[-1]) + 1}
        targets.progress_file.write_text(json.dumps(targets.progress))
        if time.monotonic() > deadline:
            break


def main(config, args):
    targets = Targets(config)
    make_targets(config, targets, time.monotonic() + (args.time_budget or float("inf")))
    print(json.dumps(targets.progress))
