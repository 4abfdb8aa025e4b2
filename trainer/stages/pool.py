"""Stage `pool`: precomputed training pairs, because degrading and encoding cost more than a training step of a small U-Net.

Each HR crop (256×256, flipped at random: latents do not flip) gets `per_crop` LR versions of kinds drawn from `kinds`. First the
pictures (need no network), then, once the autoencoder is finished, the latents. Both go to memory-mapped files with a count of the
rows done, so the stage resumes; the latents are made again when the autoencoder is another one.

Files: hr.npy uint8 [N,256,256,3], lr.npy uint8 [N·P,64,64,3], z0.npy float16 [N,C,64,64], zy.npy float16 [N·P,C,64,64].
"""
import multiprocessing
import os
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from .. import distributed
from ..config import finished_autoencoder, latent_channels
from ..data import Crops, enlarge4, to_tensor, to_uint8
from ..degradation import degrade
from ..files import fingerprint, load_json, new_array, of_the_same, save_json
from ..loop import Randomness, device

GROUP = 4      # pictures that share the per-batch decisions of the degradation
EVERY = 40     # rows between two notes of progress


class Pool:
    """Row i of lr and zy belongs to row i // per_crop of hr and z0."""

    def __init__(self, config):
        options = config["pool"]
        self.folder, self.count, self.per_crop = Path(config["runs"]) / "pool", options["crops"], options["per_crop"]
        self.channels = latent_channels(config)
        self.progress_file = self.folder / "progress.json"
        self.progress = load_json(self.progress_file, {})

    def array(self, name):
        rows = self.count * (1 if name in ("hr", "z0") else self.per_crop)
        shape, dtype = {"hr": ((256, 256, 3), np.uint8), "lr": ((64, 64, 3), np.uint8)}.get(
            name, ((self.channels, 64, 64), np.float16))
        path = self.folder / f"{name}.npy"
        if path.exists():
            kept = np.lib.format.open_memmap(path, mode="r+")
            if kept.shape == (rows, *shape):
                return kept
            raise SystemExit(f"{path} holds {kept.shape[0]} rows where the configuration asks for {rows}: remove {self.folder} to make the pool anew")
        if self.done("pictures" if name in ("hr", "lr") else "latents"):
            raise SystemExit(f"{path} is missing: remove {self.folder} to make the pool anew")
        return new_array(path, (rows, *shape), dtype)

    def done(self, part, rows=None, **extra):
        """Rows finished of a part; with `rows`, record that."""
        if rows is not None:
            self.progress.update({part: rows, **extra})
            save_json(self.progress, self.progress_file)
        return self.progress.get(part, 0)

    @property
    def finished(self):
        return self.done("pictures") == self.done("latents") == self.count


class Clock:
    """Time spent on a part, kept in the pool's progress, and a note of the time left about every half minute."""

    def __init__(self, pool, part, budget):
        self.pool, self.part, self.first = pool, part, pool.done(part)
        self.started = self.noted = self.counted = time.monotonic()
        self.deadline = self.started + budget if budget else float("inf")

    def over(self, rows):
        """Whether the time budget is used up, with `rows` of the part done."""
        now = time.monotonic()
        if now - self.noted > 30 or rows == self.pool.count:
            left = (now - self.started) / max(1, rows - self.first) * (self.pool.count - rows)
            print(f"pool, {self.part}: {rows} of {self.pool.count}, {left / 60:.0f} min left", flush=True)
            self.noted = now
        self.pool.progress["seconds"] = round(self.pool.progress.get("seconds", 0) + now - self.counted, 1)
        self.counted = now
        return now > self.deadline


class Maker:
    """One group of HR crops and their LR versions, from the configuration and the number of the first row alone."""

    def __init__(self, config):
        self.config, self.crops = config, Crops.of(config)

    def __call__(self, start):
        """(start, hr uint8 [GROUP,256,256,3], [lr uint8 [GROUP,64,64,3]] by version)"""
        seed, options = self.config["seed"], self.config["pool"]
        random, kinds = Randomness(seed, "pool", start), sorted(options["kinds"])
        pictures = self.crops.sample_uint8(random.numpy, GROUP, 256, options.get("detail_draws", 1))
        x, weights = to_tensor(pictures), [options["kinds"][kind] for kind in kinds]
        drawn = [kinds[random.numpy.choice(len(kinds), p=weights)] for _ in range(options["per_crop"])]
        return start, pictures, [to_uint8(degrade(x, kind, [seed, start, version])) for version, kind in enumerate(drawn)]


@contextmanager
def mapped(function, workers):
    """`map` in order, by forked processes of one thread each where there are several: they share the pictures in memory."""
    global work
    if workers <= 1:
        yield lambda items: map(function, items)
        return
    work = function
    with multiprocessing.get_context("fork").Pool(workers, torch.set_num_threads, (1,)) as processes:
        yield lambda items: processes.imap(forked, items)


def forked(item):
    return work(item)


def check_settings(config, pool):
    """Whether pictures can be made by the settings, and those that are there were: settings are kept with the first ones. @raises SystemExit"""
    options = config["pool"]
    if abs(sum(options["kinds"].values()) - 1) > 1e-8:
        raise SystemExit(f"the shares of [pool] kinds do not add up to 1: {', '.join(f'{kind} {share:g}' for kind, share in options['kinds'].items())}")
    settings = {"seed": config["seed"], "kinds": options["kinds"], "detail_draws": options.get("detail_draws", 1), "folders": config["data"]["folders"]}
    if not pool.done("pictures"):
        pool.progress["settings"] = settings
    kept = pool.progress.get("settings", {})      # an older pool has none
    other = [name for name, value in settings.items() if kept.get(name, value) != value]
    if other:
        raise SystemExit(f"{pool.folder} was made with other settings ({', '.join(other)}): set them as they were, or remove it to make the pool anew")


def make_pictures(config, pool, time_budget):
    check_settings(config, pool)
    if pool.done("pictures") == pool.count:
        return
    hr, lr, clock = pool.array("hr"), pool.array("lr"), Clock(pool, "pictures", time_budget)
    workers = config["pool"].get("workers") or os.cpu_count()
    with mapped(Maker(config), workers) as each:
        for start, pictures, versions in each(range(pool.done("pictures") // GROUP * GROUP, pool.count, GROUP)):
            end = min(start + GROUP, pool.count)
            hr[start:end] = pictures[:end - start]
            for version, low in enumerate(versions):
                lr[start * pool.per_crop + version:end * pool.per_crop:pool.per_crop] = low[:end - start]
            over = clock.over(end)
            if over or end % EVERY == 0 or end == pool.count:
                pool.done("pictures", end)
            if over:
                return


@torch.no_grad()
def make_latents(config, pool, time_budget):
    if not (Path(config["runs"]) / "autoencoder-final.pt").exists():
        return
    model, stored = finished_autoencoder(config)
    made = {"autoencoder_step": stored["step"], "autoencoder": fingerprint(stored["averages"]["autoencoder"])}
    if not pool.done("latents") or not of_the_same(pool.progress, made):
        pool.done("latents", 0, **made)
    hr, lr, z0, zy = (pool.array(name) for name in ("hr", "lr", "z0", "zy"))
    clock = Clock(pool, "latents", time_budget)
    for row in range(pool.done("latents"), pool.done("pictures")):
        versions = slice(row * pool.per_crop, (row + 1) * pool.per_crop)
        x = torch.cat([to_tensor(hr[row:row + 1]), enlarge4(to_tensor(lr[versions]))]).to(device())
        z = model.encode(x).cpu().numpy()
        z0[row], zy[versions] = z[0], z[1:]
        over = clock.over(row + 1)
        if over or row % EVERY == EVERY - 1 or row + 1 == pool.done("pictures"):
            pool.done("latents", row + 1)
        if over:
            return


def make(config, time_budget):
    pool, started = Pool(config), time.monotonic()
    make_pictures(config, pool, time_budget)
    left = max(1.0, time_budget - (time.monotonic() - started)) if time_budget else None
    if pool.done("pictures") == pool.count:
        make_latents(config, pool, left)


def run(config, time_budget=None):
    """Returns whether the stage is finished. Of several processes the first one makes the pool."""
    if distributed.first():
        make(config, time_budget)
    distributed.wait()
    return Pool(config).finished


def main(config, args):
    run(config, args.time_budget)
