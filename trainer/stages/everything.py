"""`python -m trainer all`: the stages of the preset in order, each from where it stopped; a finished stage is exported at once.

Killed at any point, the same command goes on from the last checkpoint. With `--time-budget` it stops cleanly after that many seconds.
"""
import importlib
import time

from .. import distributed
from ..config import stage_config
from . import MODULES, export


def main(config, args):
    started = time.monotonic()
    for stage in config["stages"]:
        left = args.time_budget - (time.monotonic() - started) if args.time_budget else None
        if distributed.agreed(left is not None and left <= 0):      # the first one exports meanwhile
            print(f"the time budget is used; the next stage is {stage}", flush=True)
            return
        if not importlib.import_module(f".{MODULES.get(stage, stage)}", __package__).run(stage_config(config["configs"], stage, config["settings"]), left):
            print(f"{stage} stopped at the end of the time budget", flush=True)
            return
        if distributed.first():
            export.run(config)
    print("all stages are finished", flush=True)
