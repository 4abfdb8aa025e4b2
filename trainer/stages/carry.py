"""`python -m trainer carry --out FOLDER`: a copy of a run for another machine, small enough to send.

The pool and the targets stay, they are made anew from the same seeds. Of a finished stage's checkpoint the averages go along and not
what only further training needs; a stage that was stopped goes on from its checkpoint as it is.
"""
import shutil
from pathlib import Path

from ..files import load_checkpoint, save_checkpoint

TRAINING_ONLY = ("networks", "optimizers")


def carried(checkpoint):
    # The decoder at the end of a round is weights alone.
    if "samples" not in checkpoint or checkpoint["samples"] < checkpoint["options"]["samples"]:
        return checkpoint
    return {key: value for key, value in checkpoint.items() if key not in TRAINING_ONLY}


def main(config, args):
    if not args.out:
        raise SystemExit("carry: --out FOLDER is needed")
    runs, folder = Path(config["runs"]), Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(path for path in runs.glob("*") if path.is_file() and path.suffix != ".tmp"):
        if path.suffix == ".pt":
            save_checkpoint(carried(load_checkpoint(path)), folder / path.name)
            shutil.copystat(path, folder / path.name)      # a stage's date is its checkpoint's
        else:
            shutil.copy2(path, folder / path.name)
    print(f"{sum(path.stat().st_size for path in folder.iterdir()) / 2 ** 20:.1f} MiB in {folder}")
