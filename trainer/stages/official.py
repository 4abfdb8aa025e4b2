"""Stage `official`: the public autoencoder and teacher (§2.9, §3.1) as the finished stages that students start from.

[official] of the preset names the two .pth files. Nothing in them is run: PyTorch's restricted unpickler reads tensors and dictionaries
alone. Names and shapes must be the networks' own. Weights of the public files are for non-commercial use.
"""
import hashlib
from pathlib import Path

import torch

from .. import distributed
from ..config import build_autoencoder, build_unet
from ..files import load_checkpoint, save_checkpoint

PREFIXES = ("module.", "_orig_mod.")      # of DistributedDataParallel and torch.compile


def stripped(name):
    while name.startswith(PREFIXES):
        name = name.split(".", 1)[1]
    return name


def read_public(path, model):
    """`model` with the weights of a public .pth file. @raises SystemExit with a sentence; the model is left as it is then"""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise SystemExit(f"{path} is missing: put the public file there (docs/reproduce.md), or name another one in [official]") from None
    except Exception as error:      # whatever a file that is none makes of the reader
        raise SystemExit(f"{path} holds no weights that can be read without running code ({str(error).splitlines()[0][:120]})") from None
    content = content.get("state_dict", content) if isinstance(content, dict) else {}
    stored = {stripped(name): value for name, value in content.items() if torch.is_tensor(value)}
    wanted = dict(model.named_parameters())
    faults = [f"{name} is missing" for name in wanted if name not in stored]
    faults += [f"{name} has the shape {tuple(stored[name].shape)} and not {tuple(value.shape)}"
               for name, value in wanted.items() if name in stored and stored[name].shape != value.shape]
    if faults:
        raise SystemExit(f"{path} does not fit the configuration: {faults[0]}" + (f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""))
    with torch.no_grad():
        for name, value in wanted.items():
            value.copy_(stored[name])
    return model


def finish(config, stage, network, path, model):
    """The checkpoint of a finished stage from a public file; one that is there has to come from the same file."""
    target = Path(config["runs"]) / f"{stage}.pt"
    kept = load_checkpoint(target).get("source") if target.exists() else None
    if kept and (not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() == kept["sha256"]):
        return
    if target.exists():
        raise SystemExit(f"{target} comes from another file than {path}: choose another folder for `runs`, or remove that one")
    read_public(path, model)
    source = {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    save_checkpoint({"averages": {network: model.state_dict()}, "step": 0, "samples": 0, "options": {"samples": 0}, "source": source}, target)
    print(f"{stage}: {path.name}, {sum(p.numel() for p in model.parameters()):,} parameters", flush=True)


def run(config, time_budget=None):
    options = config["official"]
    folder = Path(options["folder"])
    if distributed.first():
        finish(config, "autoencoder-final", "autoencoder", folder / options["autoencoder"], build_autoencoder(config))
        finish(config, "teacher", "teacher", folder / options["teacher"], build_unet(config))
    distributed.wait()
    return True


def main(config, args):
    run(config)
