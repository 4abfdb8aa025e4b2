"""`python -m trainer STAGE [--config FILE] [--time-budget SECONDS] [--resume]`, run from the repository's root.

Several GPUs or processes: `torchrun --nproc-per-node N -m trainer STAGE …`.
"""
import argparse
import importlib

from . import distributed
from .config import CONFIGS, load_config

STAGES = ("autoencoder", "pool", "teacher", "targets", "cotrain", "ablation", "evaluate", "lrset", "export", "restore", "fixture", "networks", "features")


def default_config(stage):
    own = CONFIGS / "nano" / f"{stage}.toml"
    return own if own.exists() else CONFIGS / "nano" / "preset.toml"


def main():
    parser = argparse.ArgumentParser(prog="trainer", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--config", help="TOML file (trainer/configs/nano/STAGE.toml, or preset.toml where a stage has none)")
    parser.add_argument("--time-budget", type=float, help="stop cleanly after this many seconds")
    parser.add_argument("--resume", action="store_true", help="continue from the stage's checkpoint")
    parser.add_argument("--from", dest="origin", help="restore: folder of shipped weights and their manifest")
    parser.add_argument("--out", help="lrset, export, ablation: where to write")
    parser.add_argument("--degrade", default="realesrgan-test", choices=("realesrgan-test", "realesrgan", "bicubic"))
    parser.add_argument("--folder", help="features: where to write (trainer/.runs/features)")
    parser.add_argument("--archive", help="features: folder of packages already downloaded")
    parser.add_argument("--ship", action="store_true", help="features: write the page's weights too, into public/models")
    parser.add_argument("--seed", type=int, default=0, help="lrset, evaluate: seed of the degradation")
    args = parser.parse_args()
    distributed.start()
    importlib.import_module(f".stages.{args.stage}", __package__).main(load_config(args.config or default_config(args.stage)), args)


if __name__ == "__main__":
    main()
