"""Stage `fixture`: one co-training iteration in numbers, for checking another implementation (tests/cotraining/README.md).

`python -m trainer fixture --out tests/cotraining`. Networks and inputs come from the integer hash; single precision.
"""
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from .. import augment
from ..autoencoder import Autoencoder
from ..cotraining import Batch, CoTraining
from ..diffusion import Diffusion
from ..discriminator import build_discriminator
from ..downsampler import build_downsampler
from ..hashed import fill, uniform
from ..loop import Training
from ..unet import UNetModelSwin
from .cotrain import DRAWS

SIZE, BATCH, WINDOW = 16, 2, (4, 0, 8)
UNET = {"image_size": 16, "lq_size": 16, "in_channels": 3, "out_channels": 3, "model_channels": 32, "channel_mult": [1, 2],
        "num_res_blocks": [1, 1], "attention_resolutions": [16, 8], "num_head_channels": 16, "swin_embed_dim": 32, "swin_depth": 2,
        "window_size": 8, "mlp_ratio": 2}
AUTOENCODER = {"embed_dim": 3, "n_embed": None, "ddconfig": {"z_channels": 3, "in_channels": 3, "out_ch": 3, "ch": 32,
                                                             "ch_mult": [1, 1, 2], "num_res_blocks": 1}}
DISCRIMINATORS = {"discriminator_hr": {"in_channels": 3, "widths": [16, 32, 32], "strides": [2, 2, 2], "head_width": 16, "head_levels": 2},
                  "discriminator_lr": {"in_channels": 3, "widths": [16, 32, 32], "strides": [1, 2, 2], "head_width": 16, "head_levels": 2}}
OPTIMISER = {"lr": 5e-5, "clip": 1.0, "warmup": 0, "steps": 10 ** 9, "ema": 0.999,
             "betas": {"student": [0.9, 0.999], "downsampler": [0.9, 0.999], "discriminator_hr": [0.0, 0.99], "discriminator_lr": [0.0, 0.99]}}
# The default readings with the diffusion G, and the other side of every switch with the convolutional one.
CASES = {
    "cotraining_default": ("diffusion", {}),
    "cotraining_switches": ("convolutional", {
        "denoise_weight": 0.5, "distill_weight": 0.75, "inverse_weight": 0.25, "gt_weight": 1.5, "lambda_hr": 1.0, "lambda_lr": 0.5,
        "discriminator_loss": "bce", "downsampler_input": "shift", "downsampler_space": "latent", "hr_real": "original", "cycle": True}),
    "cotraining_literal": ("diffusion", {"discriminator_loss": "literal", "weight_mode": "snr"})}


def networks_of(name, kind, switches):
    out = 3 if switches.get("downsampler_space", "pixels") == "pixels" else AUTOENCODER["embed_dim"]
    networks = {"student": UNetModelSwin(**UNET), "downsampler": build_downsampler(kind, UNET, AUTOENCODER["embed_dim"], out),
                **{key: build_discriminator(options) for key, options in DISCRIMINATORS.items()}}
    return {key: fill(network, f"{name}.{key}") for key, network in networks.items()}


def batch_of(name):
    latent, pixels = (BATCH, AUTOENCODER["embed_dim"], SIZE, SIZE), (BATCH, 3, 4 * SIZE, 4 * SIZE)
    tensors = {"z0": (latent, 1), "zy": (latent, 1), "lq": ((BATCH, 3, SIZE, SIZE), 1), "x": (pixels, 1), "noise": (latent, 1.7),
               "target": (latent, 1), "downsampler_noise": (latent, 1.7)}
    values = {key: uniform(f"{name}#{key}", shape, scale) for key, (shape, scale) in tensors.items()}
    rng = np.random.default_rng(5)
    draws = {draw: augment.draw(rng, BATCH, 4 * WINDOW[2] if space == "hr" else SIZE) for space, names in DRAWS.items() for draw in names}
    return Batch(**values, window=WINDOW, draws=draws)


def compute(name, kind, switches):
    """(tensors, metadata) of one case."""
    torch.manual_seed(0)
    networks, batch = networks_of(name, kind, switches), batch_of(name)
    autoencoder = fill(Autoencoder(AUTOENCODER["ddconfig"], AUTOENCODER["embed_dim"]), f"{name}.autoencoder").requires_grad_(False)
    training = Training({"name": name, "seed": 0, "runs": "unused", "options": OPTIMISER}, networks)
    before = {key: {k: v.detach().clone() for k, v in network.named_parameters()} for key, network in networks.items()}
    cotraining = CoTraining(networks, Diffusion(), autoencoder.decode, switches, training.descend)
    cotraining.iterate(batch)
    tensors, sizes = {}, {}
    for key, network in networks.items():
        changes = {k: v.detach() - before[key][k] for k, v in network.named_parameters()}
        sizes[key] = {k: float(change.norm()) for k, change in changes.items()}
        # The first, a middle and the last matrix of each network, whole.
        matrices = [k for k, v in changes.items() if v.dim() > 1]
        for k in (matrices[0], matrices[len(matrices) // 2], matrices[-1]):
            tensors[f"change.{key}.{k}"] = changes[k].float().contiguous()
        tensors.update({f"buffer.{key}.{k}": v.float() for k, v in network.named_buffers() if k.endswith(".u")})
    tensors.update({f"draws.{draw}": torch.cat(pair, dim=1).int() for draw, pair in batch.draws.items()})
    facts = {"unet": UNET, "autoencoder": AUTOENCODER, "downsampler": kind, "discriminators": DISCRIMINATORS, "cotrain": cotraining.options,
             "optimiser": OPTIMISER, "window": WINDOW, "losses": cotraining.losses, "scores": cotraining.scores,
             "grad_norms": cotraining.norms, "change_l2_norms": sizes,
             "param_shapes": {key: {k: list(v.shape) for k, v in network.named_parameters()} for key, network in networks.items()},
             "autoencoder_param_shapes": {k: list(v.shape) for k, v in autoencoder.named_parameters()}}
    return tensors, {key: json.dumps(value) for key, value in facts.items()}


def main(config, args):
    if not args.out:
        raise SystemExit("fixture: --out DIR is needed")
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (kind, switches) in CASES.items():
        tensors, metadata = compute(name, kind, switches)
        save_file(tensors, folder / f"{name}.safetensors", metadata=metadata)
        print(f"{folder / name}.safetensors: {metadata['losses']}")
