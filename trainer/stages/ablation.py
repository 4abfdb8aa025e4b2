"""Stage `ablation`: the rows of Table IV at equal student updates, over seeds, from one teacher; writes a JSON for the results page.

    row            terms of eq. 7                          G
    distill        L_denoise + L_distill                   –
    +LR            … + λ_L L_L^G                           diffusion
    +HR            … + λ_H L_H^G                           –
    both, conv     … + λ_H L_H^G + λ_L L_L^G               convolutional
    both, diff     … + λ_H L_H^G + λ_L L_L^G               diffusion

A row that is finished is kept when the stage runs again, so it can be spread over several calls.
"""
import time
from pathlib import Path

from ..config import finished_autoencoder
from ..files import load_checkpoint, load_json, save_json
from .evaluate import Judge
from .student import train

ROWS = {
    "distill": {"cotrain": {"lambda_hr": 0.0, "lambda_lr": 0.0}},
    "+LR": {"downsampler": "diffusion", "cotrain": {"lambda_hr": 0.0}},
    "+HR": {"cotrain": {"lambda_lr": 0.0}},
    "both, conv": {"downsampler": "convolutional"},
    "both, diff": {"downsampler": "diffusion"}}


def run_config(config, row, seed):
    """One run: the row's switches over the stage's options, with a name and a seed of its own."""
    name = "ablation-" + "".join(c if c.isalnum() else "-" for c in row) + f"-{seed}"
    switches = {**config.get("cotrain", {}), **ROWS[row].get("cotrain", {})}
    return {**config, **ROWS[row], "cotrain": switches, "name": name, "seed": seed, "targets": {**config["targets"], "seed": config["seed"]}}


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    path, started = Path(config["runs"]) / "ablation.json", time.monotonic()
    kept = load_json(path, {"runs": []})["runs"]
    missing = [(row, seed) for seed in config["seeds"] for row in ROWS if not any((run["row"], run["seed"]) == (row, seed) for run in kept)]
    if not missing:
        return True
    judge, teacher = Judge(config, finished_autoencoder(config)[0]), load_checkpoint(Path(config["runs"]) / "teacher.pt")
    for row, seed in missing:
        left = time_budget - (time.monotonic() - started) if time_budget else None
        if left is not None and left <= 0:
            return False
        training = train(run_config(config, row, seed), left)
        if not training.finished:
            return False
        student = training.averages["student"]
        kept.append({"row": row, "seed": seed, "updates": training.step,
                     "metrics": {kind: judge.score(judge.decoded(judge.samples(student, kind))) for kind in judge.cases}})
        save_json({"teacher_steps": teacher["step"], "runs": kept}, path)
    return True


def main(config, args):
    run(config, args.time_budget)
