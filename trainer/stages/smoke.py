"""Stage `smoke`: two iterations of the paper's run, at full width, on hash-made weights in the public files' layout; no download.

`python -m trainer smoke --config trainer/configs/paper --out FOLDER` makes pictures and the two .pth files, reads them back (`official`),
makes two pairs and their teacher samples, and trains ours for one iteration, then, in a new process, for a second one from the checkpoint.
It prints seconds, memory and the losses, and ends with an error where a loss is not finite or the second run did not go on from the first.
On a CPU it takes minutes.
"""
import math
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..config import build_autoencoder, build_unet, stage_config
from ..files import read_rows
from ..hashed import fill

PICTURES, SIDE = 4, 288
SMALL = ["options.batch=1", "options.log_every=1", "options.evaluate_every=1_000_000_000", "options.warmup=0", "pool.crops=2",
         "pool.per_crop=1", "pool.workers=1", "targets.crops=2", "validation.pictures=1"]


def make_pictures(folder):
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(PICTURES):
        coarse = Image.fromarray(rng.integers(0, 256, (SIDE // 16, SIDE // 16, 3), dtype=np.uint8))
        coarse.resize((SIDE, SIDE), Image.BICUBIC).save(folder / f"{index}.png")


def make_public_files(config, folder):
    """As ResShift publishes them: the teacher's names with DistributedDataParallel's prefix under `state_dict`, the autoencoder's bare."""
    folder.mkdir(parents=True, exist_ok=True)
    options = config["official"]
    teacher, autoencoder = fill(build_unet(config), "teacher"), fill(build_autoencoder(config), "autoencoder")
    with torch.no_grad():      # a network of random weights grows its input: what it adds is kept small, as a trained one's
        teacher.out[-1].weight.mul_(0.01)
    torch.save({"state_dict": {f"module.{name}": value for name, value in teacher.state_dict().items()}}, folder / options["teacher"])
    torch.save(autoencoder.state_dict(), folder / options["autoencoder"])


def trained(config, folder, iterations):
    """Seconds of `python -m trainer all` up to a number of iterations of ours."""
    settings = [*config["settings"], *SMALL, f'runs="{folder / "runs"}"', f'data.root="{folder}"', 'data.folders=["pictures"]',
                f'official.folder="{folder / "weights"}"', 'stages=["official", "pool", "targets", "ours"]', f"options.samples={iterations}",
                f'export.folder="{folder / "export"}"']
    command = [sys.executable, "-m", "trainer", "all", "--config", config["configs"], *(part for text in settings for part in ("--set", text))]
    started = time.monotonic()
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"smoke: iteration {iterations} failed (exit {done.returncode})")
    return time.monotonic() - started


def main(config, args):
    if not args.out:
        raise SystemExit("smoke: --out FOLDER is needed")
    folder = Path(args.out).resolve()
    if (folder / "runs").exists():
        raise SystemExit(f"{folder / 'runs'} is there already: choose an empty folder")
    make_pictures(folder / "pictures")
    make_public_files(stage_config(config["configs"], "ours", config["settings"]), folder / "weights")
    seconds = [trained(config, folder, iterations) for iterations in (1, 2)]
    rows = [row for row in read_rows(folder / "runs" / "ours.jsonl") if "student" in row]
    if [row["step"] for row in rows] != [1, 2]:
        raise SystemExit(f"smoke: the second run did not go on from the first: steps {[row['step'] for row in rows]}")
    losses = {name: [row[name] for row in rows] for name in ("student", "downsampler", "d_hr", "d_lr")}
    if not all(math.isfinite(value) for values in losses.values() for value in values):
        raise SystemExit(f"smoke: a loss is not finite: {losses}")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2 ** 20
    print(f"smoke: {seconds[0]:.0f} s from the files to the first iteration, {seconds[1]:.0f} s for the second from its checkpoint, "
          f"{memory:.1f} GiB; " + ", ".join(f"{name} {' then '.join(f'{value:.4g}' for value in values)}" for name, values in losses.items()))
