"""`python -m trainer STAGE --config FILE [--time-budget SECONDS] [--resume]`, run from the repository's root."""
import argparse
import importlib

from .config import load_config

STAGES = ("autoencoder", "pool", "teacher", "student", "evaluate", "lrset", "export")


def main():
    parser = argparse.ArgumentParser(prog="trainer", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--config", default="trainer/configs/nano-cpu.toml", help="TOML file")
    parser.add_argument("--time-budget", type=float, help="stop cleanly after this many seconds")
    parser.add_argument("--resume", action="store_true", help="continue from the stage's checkpoint")
    parser.add_argument("--out", help="lrset, export: folder to write to")
    parser.add_argument("--degrade", default="realesrgan-test", choices=("realesrgan-test", "realesrgan", "bicubic"))
    parser.add_argument("--seed", type=int, default=0, help="lrset, evaluate: seed of the degradation")
    args = parser.parse_args()
    importlib.import_module(f".stages.{args.stage}", __package__).main(load_config(args.config), args)


if __name__ == "__main__":
    main()
