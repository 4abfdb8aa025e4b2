"""Configuration files (TOML, one a stage; `include` names the preset they share) and the networks they describe."""
import tomllib
from pathlib import Path

import torch

from .autoencoder import Autoencoder
from .diffusion import Diffusion
from .discriminator import build_discriminator
from .downsampler import build_downsampler
from .loop import device, load_checkpoint
from .start import start_autoencoder
from .unet import UNetModelSwin

CONFIGS = Path(__file__).parent / "configs"


def merged(below, above):
    """Tables are merged key by key; anything else in `above` replaces what is below."""
    both = {key: merged(below[key], above[key]) for key in below.keys() & above.keys()
            if isinstance(below[key], dict) and isinstance(above[key], dict)}
    return {**below, **above, **both}


def load_config(path):
    try:
        config = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit(f"{path}: there is no such configuration") from None
    except tomllib.TOMLDecodeError as error:
        raise SystemExit(f"{path} is not valid TOML: {error}") from None
    include = config.pop("include", None)
    return merged(load_config(Path(path).parent / include), config) if include else config


def build_autoencoder(config):
    options = config["autoencoder"]
    return start_autoencoder(Autoencoder(options["ddconfig"], options["embed_dim"], options.get("n_embed")))


def build_unet(config):
    return UNetModelSwin(**config["unet"])


def build_diffusion(config):
    return Diffusion(**config["diffusion"])


def output_space(config):
    """Channels of G's output: LR pixels (R1) or their latent (R2), spec §8.13."""
    return 3 if config.get("cotrain", {}).get("downsampler_space", "pixels") == "pixels" else config["autoencoder"]["embed_dim"]


def build_cotrained(config):
    """{name: network} of a co-training run besides the student. No adversarial weight, no discriminator; no D_L, no G."""
    switches, networks = config.get("cotrain", {}), {}
    if switches.get("lambda_lr", 1):
        kind = config.get("downsampler", "diffusion")
        networks["downsampler"] = build_downsampler(kind, config["unet"], config["autoencoder"]["embed_dim"], output_space(config))
        networks["discriminator_lr"] = build_discriminator(config["discriminator_lr"])
    if switches.get("lambda_hr", 1):
        networks["discriminator_hr"] = build_discriminator(config["discriminator_hr"])
    return networks


def finished(config, stage, network, model):
    """`model` with the averaged weights of `network` from RUNS/STAGE.pt, frozen, and the checkpoint they came from."""
    stored = load_checkpoint(Path(config["runs"]) / f"{stage}.pt")
    model.load_state_dict(stored["averages"][network])
    return model.to(device()).requires_grad_(False).eval(), stored


def precision(config):
    """Autocast to bfloat16 if the configuration asks for it."""
    return torch.autocast(device().type, torch.bfloat16, enabled=config.get("bf16", False))


def eval_files(config):
    """The evaluation crops: 256×256 PNG in name order."""
    return sorted(Path(config["eval"]).glob("crop_*.png"))
