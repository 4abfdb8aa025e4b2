"""Configuration files (TOML) and the networks they describe."""
import tomllib
from pathlib import Path

from .autoencoder import Autoencoder, separate_pairs


def load_config(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def build_autoencoder(config):
    """Autoencoder of [autoencoder]; the convolutions before the last GroupNorm start with their channel pairs apart."""
    options = config["autoencoder"]
    model = Autoencoder(options["ddconfig"], options["embed_dim"], options.get("n_embed"))
    separate_pairs(model.encoder.mid["block_2"].conv2.bias)
    separate_pairs(model.decoder.up[0]["block"][-1].conv2.bias)
    return model


def eval_files(config):
    """The evaluation crops: 256×256 PNG in name order."""
    return sorted(Path(config["eval"]).glob("crop_*.png"))
