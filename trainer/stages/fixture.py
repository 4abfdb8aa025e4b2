"""Stage `fixture`: co-training iterations in numbers, for checking another implementation (tests/cotraining/README.md).

`python -m trainer fixture --out tests/cotraining`. Networks and inputs come from the integer hash; single precision.
"""
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from ..config import build_autoencoder
from ..cotraining import Batch, CoTraining, with_draws
from ..diffusion import Diffusion
from ..discriminator import build_discriminator
from ..downsampler import build_downsampler
from ..hashed import fill, parameter, uniform
from ..loop import Training
from ..lpips import Lpips
from ..unet import UNetModelSwin

SIZE, BATCH, WINDOW = 16, 2, (18, 5, 32)
UNET = {"image_size": 16, "lq_size": 16, "num_res_blocks": [1, 1], "attention_resolutions": [16, 8], "num_head_channels": 16,
        "channel_mult": [1, 2], "swin_embed_dim": 32, "swin_depth": 2, "window_size": 8, "mlp_ratio": 2}
# Both kinds of networks, as narrow as they can be: those of `compact` and those of `paper`. The hash's salts are such that no value of
# ŷ lies where rounding errors decide between two bytes (`quantise_lr`). The window is such that no gradient of D_H's stem is so near zero
# that they decide on its sign, which is all that Adam's first step keeps of it.
COMPACT = {"salt": "compact-639",
           "unet": {**UNET, "in_channels": 4, "out_channels": 4, "model_channels": 16, "norm": "none", "shift_mask": "standard"},
           "autoencoder": {"kind": "tiny", "channels": 16, "latent_channels": 4, "encoder_blocks": 1, "decoder_blocks": 1,
                           "detail_channels": 8}}
PAPER = {"salt": "paper-42",
         "unet": {**UNET, "in_channels": 3, "out_channels": 3, "model_channels": 32},
         "autoencoder": {"embed_dim": 3, "n_embed": None, "ddconfig": {"z_channels": 3, "in_channels": 3, "out_ch": 3, "ch": 32,
                                                                       "ch_mult": [1, 1, 2], "num_res_blocks": 1}}}
SCRATCH = {side: {"in_channels": 3, "widths": [16, 32, 32], "strides": [stride, 2, 2], "head_width": 16, "head_levels": 2}
           for side, stride in (("discriminator_hr", 2), ("discriminator_lr", 1))}
EFFICIENTNET = {side: {"kind": "efficientnet-lite0", "stem_stride": stride, "blocks": 5, "head_levels": [0, 2, 4], "head_width": 16,
                       "pixel_widths": [8, 16]}
                for side, stride in (("discriminator_hr", 2), ("discriminator_lr", 1))}
OPTIMISER = {"lr": 5e-5, "clip": 1.0, "warmup": 0, "samples": 10 ** 9, "batch": BATCH, "ema": 0.999,
             "betas": {"student": [0.9, 0.999], "downsampler": [0.9, 0.999], "discriminator_hr": [0.0, 0.99], "discriminator_lr": [0.0, 0.99]},
             "part_rates": {"features": 0.25}}


@dataclass(frozen=True)
class Case:
    """The content of a file: networks, G's kind, and the options that differ from the defaults."""

    preset: dict = field(default_factory=lambda: COMPACT)
    discriminators: dict = field(default_factory=lambda: SCRATCH)
    downsampler: str = "diffusion"
    options: dict = field(default_factory=dict)

    @property
    def salt(self):
        return self.preset["salt"]

    @property
    def latents(self):
        return self.preset["unet"]["out_channels"]


CASES = {
    "iteration_default": Case(),
    "iteration_switches": Case(downsampler="convolutional", options={
        "denoise_weight": 0.5, "distill_weight": 0.75, "inverse_weight": 0.25, "gt_weight": 1.5, "lambda_hr": 1.0, "lambda_lr": 0.5,
        "lambda_mode": "adaptive", "discriminator_loss": "bce", "discriminator_steps": 2, "downsampler_input": "shift",
        "downsampler_space": "latent", "hr_real": "decoded", "window_margin": 0, "quantise_lr": False, "cycle": True, "lattice_free": False,
        "perceptual_weight": 0.5, "perceptual_network": "alex"}),
    "iteration_literal": Case(options={"discriminator_loss": "literal", "weight_mode": "unweighted-denoise", "lambda_hr": 1.0, "lambda_lr": 1.0}),
    "iteration_efficientnet": Case(discriminators=EFFICIENTNET, options={
        "denoise_weight": 0.25, "lambda_hr": 0.3, "lambda_lr": 0.1, "lambda_mode": "adaptive", "perceptual_weight": 2.0,
        "perceptual_network": "alex"}),
    "iteration_paper": Case(PAPER, options={"weight_mode": "snr", "lambda_hr": 1.0, "lambda_lr": 1.0})}


def networks_of(name):
    case = CASES[name]
    out = 3 if case.options.get("downsampler_space", "pixels") == "pixels" else case.latents
    unet = case.preset["unet"]
    networks = {"student": UNetModelSwin(**unet), "downsampler": build_downsampler(case.downsampler, unet, case.latents, out),
                **{key: build_discriminator(options) for key, options in case.discriminators.items()}}
    return {key: fill(network, f"{case.salt}.{key}") for key, network in networks.items()}


def autoencoder_of(name):
    return fill(build_autoencoder(CASES[name].preset), f"{CASES[name].salt}.autoencoder").requires_grad_(False)


def batch_of(name):
    case = CASES[name]
    latent, pixels = (BATCH, case.latents, SIZE, SIZE), (BATCH, 3, 4 * SIZE, 4 * SIZE)
    tensors = {"z0": (latent, 1), "zy": (latent, 1), "lq": ((BATCH, 3, SIZE, SIZE), 1), "x": (pixels, 1), "noise": (latent, 1.7),
               "target": (latent, 1), "downsampler_noise": (latent, 1.7)}
    values = {key: uniform(f"{case.salt}#{key}", shape, scale) for key, (shape, scale) in tensors.items()}
    values["lr"] = values.pop("lq")       # fixtures keep the name that their numbers were made from
    return with_draws(Batch(**values, window=WINDOW, draws={}), np.random.default_rng(5), BATCH, case.options.get("discriminator_steps", 1))


def perceptual_of(name):
    """LPIPS on hash-made weights, by the names of the page's file."""
    network = Lpips("alex")
    own = {key: value for key, value in network.named_buffers() if key not in ("shift", "scale")}
    for key, value in own.items():                       # backbone.weight0, backbone.bias0, …, head0, …
        part, level = key.removeprefix("backbone.")[:-1], key[-1]
        stored, shape = (f"head{level}.weight", (value.numel(),)) if part == "head" else (f"conv{level}.{part}", value.shape)
        value.copy_(parameter(f"{CASES[name].salt}.lpips", stored, shape).view_as(value))
    return network


def cotraining_of(name, networks, descend):
    options = CASES[name].options
    perceptual = perceptual_of(name) if options.get("perceptual_weight") else None
    return CoTraining(networks, Diffusion(), autoencoder_of(name).decode, options, descend, perceptual)


def training_of(name, networks):
    """Optimisers in single precision, whatever is fast here."""
    return Training({"name": name, "seed": 0, "runs": "unused", "options": OPTIMISER, "precision": {}}, networks)


def compute(name):
    """(tensors, metadata) of one case."""
    torch.manual_seed(0)
    case, networks, batch, autoencoder = CASES[name], networks_of(name), batch_of(name), autoencoder_of(name)
    training = training_of(name, networks)
    before = {key: {k: v.detach().clone() for k, v in network.named_parameters()} for key, network in networks.items()}
    cotraining = cotraining_of(name, networks, training.descend)
    row = cotraining.iterate(batch, 0)
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
    facts = {**case.preset, "downsampler": case.downsampler, "discriminators": case.discriminators, "cotrain": cotraining.options,
             "optimiser": OPTIMISER, "window": WINDOW, "losses": cotraining.losses, "scores": cotraining.scores,
             "grad_norms": cotraining.norms, "term_grads": cotraining.term_grads,
             "term_shares": {term: row[f"share_{term}"] for term in cotraining.term_grads}, "change_l2_norms": sizes,
             "param_shapes": {key: {k: list(v.shape) for k, v in network.named_parameters()} for key, network in networks.items()},
             "autoencoder_param_shapes": {k: list(v.shape) for k, v in autoencoder.named_parameters()}}
    return tensors, {key: json.dumps(value) for key, value in facts.items()}


def main(config, args):
    if not args.out:
        raise SystemExit("fixture: --out DIR is needed")
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    for name in CASES:
        tensors, metadata = compute(name)
        save_file(tensors, folder / f"{name}.safetensors", metadata=metadata)
        print(f"{folder / name}.safetensors: {metadata['losses']}")
