"""Photographs and the command line of `trainer/configs/tiny`, at a size that takes seconds."""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from trainer.config import CONFIGS, stage_config

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}      # several processes on few cores: waiting threads would eat them


def make_pictures(folder, names, seed=0):
    """Smooth noise of 272×280 as PNG files."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        coarse = Image.fromarray(rng.integers(0, 256, (17, 18, 3), dtype=np.uint8))
        coarse.resize((280, 272), Image.BICUBIC).save(folder / f"{name}.png")


def make_data(folder):
    """A root with `photos` to train and validate on and `evalpack` to test on."""
    make_pictures(folder / "photos", "abcdef")
    make_pictures(folder / "evalpack", ["whole"], seed=1)
    Image.open(folder / "evalpack" / "whole.png").crop((0, 0, 256, 256)).save(folder / "evalpack" / "crop_a.png")
    return folder


def settings(data, runs):
    return [f'data.root="{data}"', f'runs="{runs}"', f'export.folder="{runs}/export"']


def config_of(stage, data, runs, *more):
    return stage_config(CONFIGS / "tiny", stage, [*settings(data, runs), *more])


def command(stage, data, runs, *more):
    """Arguments of a subprocess that runs a stage."""
    sets = [part for text in settings(data, runs) for part in ("--set", text)]
    return [sys.executable, "-m", "trainer", stage, "--config", str(CONFIGS / "tiny"), *sets, *more]


def run(stage, data, runs, *more):
    return subprocess.run(command(stage, data, runs, *more), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
