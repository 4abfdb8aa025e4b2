"""The smallest preset, its stages' options, and a stage's command line."""
from argparse import Namespace

import pytest
import torch

# Whole stages take many minutes on the convolutions of PyTorch 1.
needs_fast_torch = pytest.mark.skipif(int(torch.__version__.split(".")[0]) < 2, reason="takes many minutes before PyTorch 2")

OPTIONS = {"steps": 6, "batch": 2, "crop_sizes": [16], "crop_shares": [1.0], "lr": 1e-3, "log_every": 100, "evaluate_every": 100}
DISCRIMINATOR = {"in_channels": 3, "widths": [16, 16], "strides": [2, 2], "head_width": 16, "head_levels": 2}
SINSR = {"denoise_weight": 0.0, "inverse_weight": 1.0, "gt_weight": 1.0, "lambda_hr": 0.0, "lambda_lr": 0.0}


def smallest_preset(folder):
    return {
        "seed": 7, "runs": str(folder / "runs"), "configs": str(folder / "configs"),
        "data": [str(folder / "data")], "eval": str(folder / "eval"),
        "autoencoder": {"embed_dim": 4, "ddconfig": {"z_channels": 4, "in_channels": 3, "out_ch": 3, "ch": 96, "ch_mult": [1, 1, 1],
                                                     "num_res_blocks": 0}},
        "unet": {"image_size": 16, "lq_size": 16, "in_channels": 4, "out_channels": 4, "model_channels": 32, "channel_mult": [3, 1],
                 "num_res_blocks": [1, 1], "attention_resolutions": [16], "num_head_channels": 16, "swin_embed_dim": 32,
                 "window_size": 8, "mlp_ratio": 1},
        "discriminator_hr": DISCRIMINATOR, "discriminator_lr": DISCRIMINATOR,
        "diffusion": {"steps": 15, "kappa": 2.0, "power": 0.3, "etas_end": 0.99, "min_noise_level": 0.04},
        "pool": {"crops": 4, "per_crop": 2, "kinds": {"bicubic": 0.5, "realesrgan-test": 0.5}},
        "targets": {"crops": 6, "size": 16},
        "export": {"preset": "nano", "folder": str(folder / "out"), "device": "CPU", "date": "2026-11-23", "data": "noise"}}


def stage(config, name, options=None, **tables):
    """The configuration of one stage of the preset."""
    return {**config, "name": name, "options": {**OPTIONS, **(options or {})}, **tables}


AUTOENCODER_OPTIONS = {"crop_sizes": [32], "blurred_share": 0.3, "flat_share": 0.1, "latent_noise": 0.05, "latent_crops": 2}


def arguments(**changes):
    return Namespace(**{"resume": False, "time_budget": None, "out": None, "degrade": "realesrgan-test", "seed": 0, "origin": None, **changes})
