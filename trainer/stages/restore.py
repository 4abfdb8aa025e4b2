"""`python -m trainer restore [--folder DIR]`: finished stages from their exported weights (the preset's folder), so that later stages, and
Table IV, need no training of the earlier ones.

Exports hold the averages in half precision and nothing that further training needs: a restored stage is finished or is left out. Stages
that `runs` already has stay as they are.
"""
import os
import time
from calendar import timegm
from pathlib import Path

import torch
from safetensors.torch import load_file

from ..files import load_json, save_checkpoint
from ..precision import Precision
from .export import DECODER_TUNED, FILES, build, of_stage


def read_weights(path, model):
    """`model` with the weights of an exported file. @raises SystemExit with a sentence"""
    try:
        stored = load_file(path)
    except Exception as error:      # whatever a file that is none makes of the reader
        raise SystemExit(f"{path} holds no weights ({str(error).splitlines()[0][:120]})") from None
    wanted = model.state_dict()
    faults = [name for name in stored if name not in wanted or stored[name].shape != wanted[name].shape]
    faults += [name for name, _ in model.named_parameters() if name not in stored]
    if faults:
        raise SystemExit(f"{path} does not fit the configuration: {faults[0]}")
    with torch.no_grad():
        for name, value in stored.items():
            wanted[name].copy_(value)
    return model


def checkpoint(entry, options, averages):
    """The checkpoint of a finished stage, from its line of the manifest."""
    training = entry["training"]
    metrics = entry["metrics"].get("validation", {})
    return {"averages": averages, "step": training["steps"], "samples": training["samples"],
            "seconds": training["hours"] * 3600, "metrics": metrics, "seed": training["seed"],
            "options": {**options, "batch": training["batch"]}, "precision": Precision(processor=training["device"]).state(), "history": []}


def averages_of(config, folder, entries, stage):
    """{network: state} of a stage's exported files."""
    found = {}
    for item in FILES:
        if item.stage == stage and (item.role, item.method) in entries:
            model, _ = build(config, item)
            found[item.network] = read_weights(folder / entries[item.role, item.method]["name"], model).state_dict()
    return found


def save(config, stage, stored, date):
    """Writes RUNS/STAGE.pt with the date of the training, which the next export repeats."""
    path = Path(config["runs"]) / f"{stage}.pt"
    if path.exists():
        print(f"{stage}: {path} is there and stays", flush=True)
        return
    save_checkpoint(stored, path)
    seconds = timegm(time.strptime(date, "%Y-%m-%d"))
    os.utime(path, (seconds, seconds))
    print(f"{stage}: {stored['samples']:,} samples, {', '.join(stored['averages'])}", flush=True)


def run(config, folder):
    manifest = load_json(folder / "manifest.json", None)
    if not manifest:
        raise SystemExit(f"{folder} has no manifest.json: name a folder that the stage `export` wrote")
    entries = {(entry["role"], entry["method"]): entry for entry in manifest["files"]}
    for stage in dict.fromkeys(item.stage for item in FILES):
        entry = next((entries[item.role, item.method] for item in FILES if item.stage == stage and (item.role, item.method) in entries), None)
        if not entry:
            continue
        options = of_stage(config, stage)["options"]
        if entry["training"]["samples"] < options["samples"]:
            print(f"{stage}: {entry['training']['samples']:,} samples of {options['samples']:,} were trained; left out", flush=True)
            continue
        stored = checkpoint(entry, options, averages_of(config, folder, entries, stage))
        if stage == "autoencoder-final":
            restore_autoencoder(config, stored, entry)
        else:
            save(config, stage, stored, entry["training"]["date"])


def restore_autoencoder(config, stored, entry):
    """The autoencoder with the decoder that was exported, and that as the stage `decoder` where it was tuned."""
    date, model = entry["training"]["date"], stored["averages"]["autoencoder"]
    for stage in ("autoencoder", "autoencoder-final"):
        save(config, stage, stored, date)
    if DECODER_TUNED in entry["training"]["losses"]:
        options = of_stage(config, "decoder")["options"]
        decoder = {name.removeprefix("decoder."): value for name, value in model.items() if name.startswith("decoder.")}
        save(config, "decoder", {**stored, "averages": {"decoder": decoder}, "samples": options["samples"], "options": options}, date)


def main(config, args):
    run(config, Path(args.folder or config["export"]["folder"]))
