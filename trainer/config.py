"""Configuration files (TOML) and the networks they describe."""
import tomllib
from pathlib import Path

from .autoencoder import Autoencoder
from .diffusion import Diffusion
from .loop import device, load_checkpoint
from .start import start_autoencoder
from .unet import UNetModelSwin


def load_config(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def build_autoencoder(config):
    options = config["autoencoder"]
    return start_autoencoder(Autoencoder(options["ddconfig"], options["embed_dim"], options.get("n_embed")))


def build_unet(config):
    return UNetModelSwin(**config["unet"])


def build_diffusion(config):
    return Diffusion(**config["diffusion"])


def finished(config, name, model):
    """`model` with the averaged weights of .runs/…/NAME.pt, frozen, and the checkpoint they came from."""
    stored = load_checkpoint(Path(config["runs"]) / f"{name}.pt")
    model.load_state_dict(stored["ema"])
    return model.to(device()).requires_grad_(False).eval(), stored


def eval_files(config):
    """The evaluation crops: 256×256 PNG in name order."""
    return sorted(Path(config["eval"]).glob("crop_*.png"))
