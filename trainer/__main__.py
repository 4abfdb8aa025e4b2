"""`python -m trainer all|status|STAGE [--config FOLDER]`, run from the repository's root.

`all` runs the stages of the preset in order, each from where it stopped; `status` prints a line a stage. Several GPUs or processes:
`torchrun --nproc-per-node N -m trainer STAGE …`.
"""
import argparse
import errno
import importlib

from . import distributed
from .config import CONFIGS, stage_config
from .stages import MODULES

STAGES = ("all", "status", "autoencoder", "pool", "teacher", "targets", "decoder", "l2", "ours", "sinsr", "ours-conv", "ours-latent", "ablation",
          "variants", "usefulness", "evaluate", "export", "restore",
          "lrset", "fixture", "networks", "features", "carry", "ranges", "rate", "diversity", "dial", "official", "smoke",
          "crops", "split")


def main():
    parser = argparse.ArgumentParser(prog="trainer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--config", default=str(CONFIGS / "compact"), help="folder of TOML files, one a stage (trainer/configs/compact)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting over the files', for example pool.crops=100")
    parser.add_argument("--time-budget", type=float, help="stop cleanly after this many seconds; the same command goes on from there")
    parser.add_argument("--out", help="lrset, export, fixture, carry, smoke, crops, split, dial: where to write")
    parser.add_argument("--degrade", default="realesrgan-test", choices=("realesrgan-test", "realesrgan", "bicubic"), help="lrset")
    parser.add_argument("--seed", type=int, default=0, help="lrset: seed of the degradation")
    parser.add_argument("--folder", help="features: where to write (trainer/.runs/features); crops, split: pictures to read; restore: exported weights")
    parser.add_argument("--archive", help="features: folder of packages already downloaded")
    parser.add_argument("--ablation", action="store_true", help="export: the students of Table IV's runs, into --out")
    parser.add_argument("--ship", action="store_true", help="features: write the page's weights too, into public/models")
    args = parser.parse_args()
    distributed.start()
    try:
        importlib.import_module(f".stages.{MODULES.get(args.stage, args.stage)}", __package__).main(stage_config(args.config, args.stage, args.set), args)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SystemExit(f"The disk is full ({error.filename or args.stage}); the last checkpoint is whole. "
                         "Free some space and run the same command again.") from error


if __name__ == "__main__":
    main()
