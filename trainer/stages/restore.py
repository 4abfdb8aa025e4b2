"""Stage `restore`: rebuilds the checkpoints of `runs` from shipped weights, so that training goes on where they were made.

`python -m trainer restore [--from public/models/PRESET]`. The averaged fp16 weights become network and average alike; steps, samples
and hours come from the manifest; the optimisers' moments were never shipped and start anew. Checkpoints that exist are kept.
"""
import hashlib
import json
from pathlib import Path

from safetensors.torch import load_file

from ..loop import save_whole
from .export import FILES, build


def checkpoint(networks, entry):
    training = entry["training"]
    return {"networks": networks, "averages": networks, "optimizers": {}, "step": training["steps"], "samples": training["samples"],
            "seconds": training["hours"] * 3600, "metrics": entry["metrics"], "seed": training["seed"],
            "options": {"batch": training["batch"], "grow_from": training.get("started_from")},
            **({"encoder_step": training["encoder_steps"]} if "encoder_steps" in training else {})}


def verified(path, entry):
    """Weights of a file, as fp32, once they are the ones that the manifest describes."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        raise SystemExit(f"{path} is not the file that its manifest describes")
    return {name: value.float() for name, value in load_file(path).items()}


def main(config, args):
    runs, folder = Path(config["runs"]), Path(args.origin or config["export"]["folder"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    shipped = {entry["name"]: entry for entry in manifest["files"]}
    for stage in dict.fromkeys(item.stage for item in FILES):
        items = [item for item in FILES if item.stage == stage and item.name in shipped]
        path = runs / f"{stage}.pt"
        if not items or path.exists():
            continue
        networks = {}
        for item in items:
            weights = verified(folder / item.name, shipped[item.name])
            build(config, item)[0].load_state_dict(weights)
            networks[item.network] = weights
        save_whole(checkpoint(networks, shipped[items[0].name]), path)
        print(f"{path}: step {shipped[items[0].name]['training']['steps']}")
