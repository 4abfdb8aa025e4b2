"""Configuration: a folder of TOML files, one a stage, that include the `preset.toml` they share; and the networks they describe."""
import tomllib
from pathlib import Path

from .autoencoder import Autoencoder
from .diffusion import Diffusion
from .discriminator import build_discriminator
from .downsampler import build_downsampler
from .files import load_checkpoint, load_state
from .loop import device
from .tiny_autoencoder import TinyAutoencoder
from .unet import UNetModelSwin

CONFIGS = Path(__file__).parent / "configs"
TEST_FILES = "crop_*.png"


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


def setting(text):
    """`pool.crops=100` → {"pool": {"crops": 100}}; the value as TOML has it."""
    key, separator, value = text.partition("=")
    try:
        return tomllib.loads(f"{key}={value}") if separator else {}[text]
    except (tomllib.TOMLDecodeError, KeyError):
        raise SystemExit(f"--set {text}: it takes KEY=VALUE as TOML, for example pool.crops=100") from None


def stage_config(folder, stage, settings=()):
    """The configuration of a stage: its own file, else the preset's; then the `--set` ones."""
    path = Path(folder) / f"{stage}.toml"
    config = load_config(path if path.exists() else Path(folder) / "preset.toml")
    for text in settings:
        config = merged(config, setting(text))
    return {"name": stage, "configs": str(folder), "settings": list(settings), **config}


def autoencoder_kind(config):
    """tiny | vq. @raises SystemExit for another kind"""
    kind = config["autoencoder"].get("kind", "vq")
    if kind not in ("tiny", "vq"):
        raise SystemExit(f"autoencoder: kind is {kind}; it can be tiny or vq")
    return kind


def latent_channels(config):
    return config["autoencoder"]["latent_channels" if autoencoder_kind(config) == "tiny" else "embed_dim"]


def build_autoencoder(config):
    options = {key: value for key, value in config["autoencoder"].items() if key != "kind"}
    if autoencoder_kind(config) == "tiny":
        return TinyAutoencoder(**options)
    return Autoencoder(options["ddconfig"], options["embed_dim"], options.get("n_embed"))


def build_unet(config):
    return UNetModelSwin(**config["unet"])


def build_diffusion(config):
    return Diffusion(**config["diffusion"])


def output_space(config):
    """Channels of G's output: LR pixels (R1) or their latent (R2), §8.13."""
    return 3 if config.get("cotrain", {}).get("downsampler_space", "pixels") == "pixels" else latent_channels(config)


def build_cotrained(config):
    """{name: network} of a co-training run besides the student. No adversarial weight, no discriminator; no D_L, no G."""
    switches, networks = config.get("cotrain", {}), {}
    if switches.get("lambda_lr", 1):
        kind = config.get("downsampler", "diffusion")
        networks["downsampler"] = build_downsampler(kind, config["unet"], latent_channels(config), output_space(config))
        networks["discriminator_lr"] = build_discriminator(config["discriminator_lr"])
    if switches.get("lambda_hr", 1):
        networks["discriminator_hr"] = build_discriminator(config["discriminator_hr"])
    return networks


def finished(config, stage, network, model):
    """`model` with the averaged weights of `network` from RUNS/STAGE.pt, frozen, and the checkpoint they came from."""
    path = Path(config["runs"]) / f"{stage}.pt"
    stored = load_checkpoint(path, device())
    load_state(model, stored["averages"], network, path)
    return model.to(device()).requires_grad_(False).eval(), stored


def finished_autoencoder(config):
    """The autoencoder, frozen, with the decoder of the stage `decoder` once that is finished; and the autoencoder's checkpoint."""
    model, stored = finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))
    tuned = finished_decoder(config)
    if tuned:
        model.decoder.load_state_dict(tuned["averages"]["decoder"])
    return model, stored


def finished_decoder(config):
    """The checkpoint of the stage `decoder`, or None where it is not finished."""
    path = Path(config["runs"]) / "decoder.pt"
    stored = load_checkpoint(path, device()) if path.exists() else None
    return stored if stored and stored["samples"] >= stored["options"]["samples"] else None


def eval_files(config):
    """The test set's pictures in name order; of each the middle 256×256 counts."""
    options = config["test"]
    return sorted((Path(config["data"]["root"]) / options["folder"]).glob(options.get("files", TEST_FILES)))
