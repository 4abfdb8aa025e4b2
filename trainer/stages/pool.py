"""Stage `pool`: precomputed training pairs, because degrading and encoding cost more than a training step of a small U-Net.

Each HR crop (256×256, flipped at random: latents do not flip) gets `per_crop` LR versions of kinds drawn from `kinds`. First the
pictures (need no network), then, once the autoencoder is finished, the latents. Both go to memory-mapped files with a count of the
rows done, so the stage resumes; `make_latents` runs again from the start when the autoencoder is newer.

Files: hr.npy uint8 [N,256,256,3], lr.npy uint8 [N·P,64,64,3], z0.npy float16 [N,C,64,64], zy.npy float16 [N·P,C,64,64].
"""
import json
import time
from pathlib import Path

import numpy as np
import torch

from ..config import build_autoencoder, finished, precision
from ..data import Crops, enlarge4, to_tensor, to_uint8
from ..degradation import degrade
from ..loop import Randomness, device

GROUP = 4      # pictures that share the per-batch decisions of the degradation


class Pool:
    """Row i of lr and zy belongs to row i // per_crop of hr and z0."""

    def __init__(self, config):
        options = config["pool"]
        self.folder, self.count, self.per_crop = Path(config["runs"]) / "pool", options["crops"], options["per_crop"]
        self.channels = config["autoencoder"]["embed_dim"]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.progress_file = self.folder / "progress.json"
        self.progress = json.loads(self.progress_file.read_text()) if self.progress_file.exists() else {}

    def array(self, name):
        rows = self.count * (1 if name in ("hr", "z0") else self.per_crop)
        shape, dtype = {"hr": ((256, 256, 3), np.uint8), "lr": ((64, 64, 3), np.uint8)}.get(
            name, ((self.channels, 64, 64), np.float16))
        path = self.folder / f"{name}.npy"
        if path.exists():
            return np.lib.format.open_memmap(path, mode="r+")
        return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(rows, *shape))

    def done(self, part, rows=None, **extra):
        """Rows finished of a part; with `rows`, record that."""
        if rows is None:
            return self.progress.get(part, 0)
        self.progress.update({part: rows, **extra})
        self.progress_file.write_text(json.dumps(self.progress))


def make_pictures(config, pool, deadline):
    options, hr, lr = config["pool"], pool.array("hr"), pool.array("lr")
    if pool.done("pictures") == pool.count:
        return
    crops, kinds = Crops(config["data"]), sorted(options["kinds"])
    weights = [options["kinds"][kind] for kind in kinds]
    for start in range(pool.done("pictures"), pool.count, GROUP):
        random = Randomness(config["seed"], "pool", start)
        hr[start:start + GROUP] = crops.sample_uint8(random.numpy, GROUP, 256)[:pool.count - start]
        x = to_tensor(hr[start:start + GROUP])
        for version in range(pool.per_crop):
            kind = kinds[random.numpy.choice(len(kinds), p=weights)]
            low = to_uint8(degrade(x, kind, [config["seed"], start, version]))
            lr[start * pool.per_crop + version:(start + GROUP) * pool.per_crop:pool.per_crop] = low
        pool.done("pictures", min(start + GROUP, pool.count))
        if time.monotonic() > deadline:
            return


@torch.no_grad()
def make_latents(config, pool, deadline):
    if not (Path(config["runs"]) / "autoencoder-final.pt").exists():
        return
    model, stored = finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))
    step = stored.get("encoder_step", stored["step"])
    if pool.progress.get("autoencoder_step") != step:
        pool.done("latents", 0, autoencoder_step=step)
    hr, lr, z0, zy = (pool.array(name) for name in ("hr", "lr", "z0", "zy"))
    for row in range(pool.done("latents"), pool.done("pictures")):
        versions = slice(row * pool.per_crop, (row + 1) * pool.per_crop)
        x = torch.cat([to_tensor(hr[row:row + 1]), enlarge4(to_tensor(lr[versions]))]).to(device())
        with precision(config):
            z = model.encode(x).float().cpu().numpy()
        z0[row], zy[versions] = z[0], z[1:]
        if row % 20 == 19 or row + 1 == pool.done("pictures"):
            pool.done("latents", row + 1)
        if time.monotonic() > deadline:
            return


def main(config, args):
    pool = Pool(config)
    deadline = time.monotonic() + (args.time_budget or float("inf"))
    make_pictures(config, pool, deadline)
    make_latents(config, pool, deadline)
    print(json.dumps(pool.progress))
