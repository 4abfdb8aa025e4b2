"""Stage `ablation`: the rows of Table IV at equal student updates, over seeds, from one teacher; writes a JSON for the results page.

    row            terms of eq. 7                          G
    distill        L_denoise + L_distill                   –
    +LR            … + λ_L L_L^G                           diffusion
    +HR            … + λ_H L_H^G                           –
    both, conv     … + λ_H L_H^G + λ_L L_L^G               convolutional
    both, diff     … + λ_H L_H^G + λ_L L_L^G               diffusion

A row that is finished is kept when the stage runs again, so it can be spread over several calls (`--time-budget`, per call).
"""
import json
import time
from pathlib import Path

from ..config import build_autoencoder, finished
from ..loop import load_checkpoint
from .cotrain import train
from .evaluate import Judge

ROWS = {
    "distill": {"cotrain": {"lambda_hr": 0.0, "lambda_lr": 0.0}},
    "+LR": {"downsampler": "diffusion", "cotrain": {"lambda_hr": 0.0}},
    "+HR": {"cotrain": {"lambda_lr": 0.0}},
    "both, conv": {"downsampler": "convolutional"},
    "both, diff": {"downsampler": "diffusion"}}


def run_config(config, row, seed):
    """One run: the row's switches over the stage's options, with a name and a seed of its own."""
    name = "ablation-" + "".join(c if c.isalnum() else "-" for c in row) + f"-{seed}"
    return {**config, **ROWS[row], "name": name, "seed": seed,
            "targets": {**config["targets"], "seed": config["seed"]}}


def main(config, args):
    path = Path(args.out or Path(config["runs"]) / "ablation.json")
    kept = json.loads(path.read_text())["runs"] if path.exists() else []
    autoencoder, _ = finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))
    teacher = load_checkpoint(Path(config["runs"]) / "teacher.pt")
    judge = Judge(config, autoencoder, kinds=("realesrgan-test", "realesrgan"))
    deadline = time.monotonic() + (args.time_budget or float("inf"))
    for seed in config["seeds"]:
        for row in ROWS:
            if any((run["row"], run["seed"]) == (row, seed) for run in kept) or time.monotonic() > deadline:
                continue
            wanted = run_config(config, row, seed)
            started = (Path(config["runs"]) / f"{wanted['name']}.pt").exists()
            training = train(wanted, resume=started, time_budget=deadline - time.monotonic() if args.time_budget else None)
            if training.step < config["options"]["steps"]:
                return
            student = training.averages["student"]
            kept.append({"row": row, "seed": seed, "updates": training.step,
                         "metrics": {kind: judge.score(judge.samples(student, kind), kind) for kind in judge.cases}})
            path.write_text(json.dumps({"teacher_steps": teacher["step"], "runs": kept}, indent=1) + "\n")
