"""Stage `targets`: the teacher's samples that students learn from (eq. 2), computed once per (crop, ε) and kept.
Several processes share each group of crops; the first one writes.

Crop i is a fixed sub-crop of a pool row, ε a fixed draw; the target is the end of the teacher's 15-step deterministic chain from
x_T = z_y + κ√η_T ε (§8.10). Resumes crop by crop, and starts over when the teacher is another one.
"""
import time
from pathlib import Path

import numpy as np
import torch

from .. import distributed, precision
from ..config import build_diffusion, build_unet, finished
from ..cotraining import Batch, draw_window
from ..files import fingerprint, load_json, new_array, of_the_same, save_json
from ..loop import Randomness, device
from ..pairs import SIDE, Pairs, as_tensor
from .pool import Pool

GROUP = 32     # crops a teacher call


class Targets:
    """`count` crops of size×size latents with their noise and target; `done` of them are computed."""

    def __init__(self, config):
        pool, options = Pool(config), config["targets"]
        self.pairs, self.autoencoder = Pairs(pool), pool.progress.get("autoencoder")
        self.seed, self.size = options.get("seed", config["seed"]), options["size"]
        rng = Randomness(self.seed, "targets", 0).numpy
        self.rows = rng.permutation(self.pairs.rows)[:options["crops"]]
        self.corners = rng.integers(SIDE - self.size + 1, size=(len(self.rows), 2))
        self.shape = (len(self.rows), *self.pairs.zy.shape[1:2], self.size, self.size)
        self.path = Path(config["runs"]) / "pool" / "targets.npy"
        self.progress_file = self.path.with_suffix(".json")
        self.progress = load_json(self.progress_file, {})
        self.kept = np.lib.format.open_memmap(self.path, mode="r+") if self.done else None

    @property
    def done(self):
        return self.progress.get("done", 0)

    @property
    def finished(self):
        return self.done == self.shape[0]

    def made_of(self, teacher):
        """Facts that the samples follow from. @param teacher its checkpoint"""
        return {"teacher_step": teacher["step"], "teacher": fingerprint(teacher["averages"]["teacher"]), "seed": self.seed,
                "autoencoder": self.autoencoder, "rows": self.pairs.rows, "shape": list(self.shape)}

    def noise(self, indices):
        """ε of crops: the same whenever it is asked for."""
        return torch.cat([Randomness(self.seed, "target noise", int(i)).normal(1, *self.shape[1:]) for i in indices])

    def latents(self, indices):
        """(z0, zy, lr)"""
        return self.pairs.latents(self.rows[indices], self.corners[indices], self.size)

    def of_step(self, step, count):
        """Indices of a step's batch: none comes again before all were used, each time in a new order."""
        places = np.arange(step * count, (step + 1) * count)
        turns = {turn: Randomness(self.seed, "target order", int(turn)).numpy.permutation(self.done) for turn in np.unique(places // self.done)}
        return np.array([turns[place // self.done][place % self.done] for place in places])

    def batch(self, random, count, window, margin):
        """This process's share of a batch of `count` crops, without DiffAugment's draws; D_H's window and the margin around it are in
        latent pixels."""
        indices, place = self.of_step(random.step, count), draw_window(random.numpy, self.size, window, margin)
        z0, zy, lr = self.latents(indices)
        hr = self.pairs.pictures(self.rows[indices], self.corners[indices], self.size)
        tensors = distributed.mine(z0, zy, lr, hr, self.noise(indices), as_tensor(self.kept[indices]), random.normal(*zy.shape))
        return Batch(*tensors, window=place, draws={})


@torch.no_grad()
def make_targets(config, targets, time_budget):
    teacher, stored = finished(config, "teacher", "teacher", build_unet(config))
    made = targets.made_of(stored)
    if not targets.done or not of_the_same(targets.progress, made):
        targets.progress = {**made, "done": 0, "seconds": 0.0}
        if distributed.first():
            targets.kept = new_array(targets.path, targets.shape, np.float16)
    if targets.finished:
        return
    diffusion, chosen = build_diffusion(config), precision.continued(targets.progress.get("precision"), config.get("precision"))
    distributed.wait()      # all have read where it stands
    teacher, started = chosen.place(teacher), time.monotonic()
    targets.progress["precision"], spent, first = chosen.state(), targets.progress["seconds"], targets.done
    for start in range(targets.done, targets.shape[0], GROUP):
        indices = np.arange(start, min(start + GROUP, targets.shape[0]))
        part, = distributed.mine(indices)
        _, zy, lr = targets.latents(part)
        with chosen.autocast():
            sample = diffusion.deterministic_sample(lambda *inputs: teacher(*inputs).float(), diffusion.prior(zy, targets.noise(part)), zy, lr)
        sample = distributed.gathered(sample, len(indices))
        passed, done = time.monotonic() - started, int(indices[-1]) + 1
        targets.progress.update(done=done, seconds=round(spent + passed, 1))
        if distributed.first():
            targets.kept[indices] = sample.cpu().numpy()
            save_json(targets.progress, targets.progress_file)
            if start // GROUP % 20 == 0:
                print(f"targets: {done} of {targets.shape[0]}, {passed / (done - first) * (targets.shape[0] - done) / 60:.0f} min left", flush=True)
        if distributed.agreed(bool(time_budget) and passed > time_budget):
            break
    distributed.wait()      # the first has written the last of them


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    targets = Targets(config)
    make_targets(config, targets, time_budget)
    return targets.finished


def main(config, args):
    run(config, args.time_budget)
