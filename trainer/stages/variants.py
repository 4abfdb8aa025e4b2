"""Stage `variants`: short runs of equal samples that say which part of the objective makes a difference; writes variants.json as `ablation`.

    row                    what differs from ours
    ours                   –
    ours, perceptual 0     no perceptual term, as the paper
    ours, distill 1        L_distill with the weight of L_denoise, as the paper
    SinSR                  SinSR's three terms alone (§4.1)
    SinSR + L_denoise      … and L_denoise
    SinSR + perceptual     … and ours' perceptual term
    ours, shifting G       G as a diffusion model: its L_denoise at random t (§8.14)
    ours, latent G         G puts out a latent, R2 (§8.13)
    ours, latent shifting G  both
    ours, half L_H^G       λ_H halved; twice and four times likewise

Rows share crops, targets, noises and samples. None is trained as long as what ships: they are to be compared with each other.
"""
from .ablation import run_rows

SINSR = {"denoise_weight": 0.0, "distill_weight": 1.0, "inverse_weight": 1.0, "gt_weight": 1.0, "lambda_hr": 0.0, "lambda_lr": 0.0}
SHIFTING = {"downsampler_process": "shifting", "downsampler_input": "shift"}

ROWS = {
    "ours": {"downsampler": "diffusion"},
    "ours, perceptual 0": {"downsampler": "diffusion", "cotrain": {"perceptual_weight": 0.0}},
    "ours, distill 1": {"downsampler": "diffusion", "cotrain": {"distill_weight": 1.0}},
    "SinSR": {"cotrain": {**SINSR, "perceptual_weight": 0.0}},
    "SinSR + L_denoise": {"cotrain": {**SINSR, "denoise_weight": 1.0, "perceptual_weight": 0.0}},
    "SinSR + perceptual": {"cotrain": SINSR},
    "ours, shifting G": {"downsampler": "diffusion", "cotrain": SHIFTING},
    "ours, latent G": {"downsampler": "diffusion", "cotrain": {"downsampler_space": "latent"}},
    "ours, latent shifting G": {"downsampler": "diffusion", "cotrain": {**SHIFTING, "downsampler_space": "latent"}},
    **{f"ours, {times} L_H^G": {"downsampler": "diffusion", "cotrain": {"lambda_hr": weight}}
       for times, weight in (("half", 0.175), ("twice", 0.7), ("four times", 1.4))}}


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    return run_rows(config, ROWS, "variants", time_budget)


def main(config, args):
    run(config, args.time_budget)
