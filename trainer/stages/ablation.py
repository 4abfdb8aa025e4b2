"""Stage `ablation`: the rows of Table IV at equal student updates, over seeds, from one teacher; writes a JSON for the results page.

    row             terms of eq. 7                                   G
    both, diff      L_denoise + L_distill + λ_H L_H^G + λ_L L_L^G    diffusion
    +HR             … without L_L^G                                  –
    distill         … without L_H^G and L_L^G                        –
    +LR             … without L_H^G                                  diffusion
    both, conv      as both, diff                                    convolutional
    distill alone   L_distill                                        –
    both, cycle     both, diff + the cycle's L_denoise (§8.15)       diffusion

The perceptual term of the configuration is in every row. Rows come one after the other, each over all seeds; the first two tell whether
L_L^G has an effect. A run that is finished is kept when the stage runs again, so it can be spread over several calls.
"""
import time
from pathlib import Path

import numpy as np

from .. import distributed
from ..config import finished_autoencoder
from ..files import load_checkpoint, load_json, save_json
from ..metrics import compare_each, means
from .evaluate import Judge
from .student import train

ROWS = {
    "both, diff": {"downsampler": "diffusion"},
    "+HR": {"cotrain": {"lambda_lr": 0.0}},
    "distill": {"cotrain": {"lambda_hr": 0.0, "lambda_lr": 0.0}},
    "+LR": {"downsampler": "diffusion", "cotrain": {"lambda_hr": 0.0}},
    "both, conv": {"downsampler": "convolutional"},
    "distill alone": {"cotrain": {"denoise_weight": 0.0, "lambda_hr": 0.0, "lambda_lr": 0.0}},
    "both, cycle": {"downsampler": "diffusion", "cotrain": {"cycle": True}}}
EACH = ("psnr_y", "ssim_y", "lpips_alex", "dists")      # kept for every picture, so that intervals can be told


def run_name(stage, row, seed):
    return f"{stage}-" + "".join(c if c.isalnum() else "-" for c in row) + f"-{seed}"


def run_config(config, row, seed, rows=None, stage="ablation"):
    """One run: the row's switches over the stage's options, with a name and a seed of its own."""
    own = (rows or ROWS)[row]
    switches = {**config.get("cotrain", {}), **own.get("cotrain", {})}
    return {**config, **own, "cotrain": switches, "name": run_name(stage, row, seed), "seed": seed,
            "targets": {**config["targets"], "seed": config["seed"]}}


def scores_of(training, judge):
    """Metrics by kind of degradation: their means, and each picture's values (`each`, in the order of the validation set)."""
    student, scores = training.averages["student"], {}
    for kind in judge.cases:
        scores[kind] = compare_each(judge.decoded(judge.samples(student, kind)), judge.set.references)
    return {"metrics": {kind: means(found) for kind, found in scores.items()},
            "each": {kind: {name: np.round(found[name], 4).tolist() for name in EACH if name in found} for kind, found in scores.items()}}


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    return run_rows(config, ROWS, "ablation", time_budget)


def run_rows(config, rows, stage, time_budget=None, make=None, judged=None):
    """Each of `rows` over the seeds of the configuration, kept in RUNS/STAGE.json as it comes; returns whether all are.

    @param make (config, row, seed, time budget) → its Training; by default a student under the row's switches
    @param judged () → the Judge of the set that is scored; by default the validation set's
    """
    if "seeds" not in config:
        raise SystemExit(f"{config['configs']} has no settings of the stage {stage}: neither {stage}.toml nor seeds")
    path, started = Path(config["runs"]) / f"{stage}.json", time.monotonic()
    kept = load_json(path, {"runs": []})["runs"]
    missing = [(row, seed) for row in rows for seed in config["seeds"] if not any((run["row"], run["seed"]) == (row, seed) for run in kept)]
    if not missing:
        return True
    judge = judged() if judged else Judge(config, finished_autoencoder(config)[0])
    teacher = load_checkpoint(Path(config["runs"]) / "teacher.pt")
    for row, seed in missing:
        left = time_budget - (time.monotonic() - started) if time_budget else None
        if distributed.agreed(left is not None and left <= 0):
            return False
        training = make(config, row, seed, left) if make else train(run_config(config, row, seed, rows, stage), left, validate=False)
        if not training.finished:
            return False
        if distributed.first():
            updates = training.step - (0 if make else config.get("cotrain", {}).get("discriminator_warmup", 0))
            kept.append({"row": row, "seed": seed, "updates": updates, **scores_of(training, judge)})
            weights = {name: value for name, value in config.get("cotrain", {}).items() if name.endswith("_weight")}
            save_json({"teacher_steps": teacher["step"], "weights": weights, "runs": kept}, path)
        distributed.wait()
    return True


def main(config, args):
    run(config, args.time_budget)
