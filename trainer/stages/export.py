"""Stage `export`: averaged weights as fp16 safetensors with PyTorch names and layouts, and the manifest that describes them.

Metrics are those of the last `evaluate`, which measures the weights as rounded to fp16. Nothing about the machine goes out.
"""
import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors.torch import save_file

from ..config import build_autoencoder, build_unet, finished
from .pool import Pool

LOSSES = {
    "autoencoder": "L1 + MSE + 0.5 L1 of the gradients, noise of {latent_noise} deviations on the latent",
    "teacher": "ResShift: MSE of x0 in latent space, t uniform over 15 steps",
    "student": "{direct_weight} MSE of the one-step output to the latent of the HR picture, relative to that of the enlarged LR "
               "(not in SinSR; channel weights {direct_channels}), plus SinSR's {distill_weight} distill + {inverse_weight} inverse "
               "+ {gt_weight} gt every {distill_every} steps on {distill_share} times the batch; "
               "at the end a least-squares fit of the last convolution"}
FILES = (("autoencoder", None, "autoencoder.safetensors", "autoencoder-final", "autoencoder of HR"),
         ("teacher", "resshift", "teacher.safetensors", "teacher", "teacher, 15 steps"),
         ("student", "sinsr", "sinsr.safetensors", "student-final", "student, 1 step"))


def half_weights(model):
    """Parameters as contiguous fp16 tensors under their PyTorch names."""
    return {name: value.detach().to("cpu", torch.float16).contiguous() for name, value in model.named_parameters()}


def write_whole(path, write):
    """write(temporary path), then rename."""
    temporary = path.with_name(path.name + ".tmp")
    write(temporary)
    temporary.chmod(0o644)
    os.replace(temporary, path)


def network_config(config, role):
    if role != "autoencoder":
        return dict(config["unet"])
    return {"n_embed": None, **config["autoencoder"]}


def data_of(config, role):
    """What the network saw; the diffusion networks see the encoded part of the pool only."""
    if role == "autoencoder":
        return config["export"]["data"]
    pool = Pool(config)
    return f"{pool.done('latents')} crops of 256×256 with {pool.per_crop} LR versions each, from {config['export']['data']}"


def entry(config, role, method, path, model, stored, metrics):
    data = path.read_bytes()
    options = stored["options"]
    losses = LOSSES[role].format(**options)
    training = {"steps": stored["step"], "samples": stored["samples"], "batch": options["batch"],
                "hours": round(stored["seconds"] / 3600, 3), "device": config["export"]["device"], "seed": stored["seed"],
                "data": data_of(config, role), "losses": losses, "date": config["export"]["date"]}
    return {"role": role, "method": method, "name": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "config": network_config(config, role), "parameters": sum(p.numel() for p in model.parameters()), "dtype": "F16",
            "training": training, "metrics": metrics}


def main(config, args):
    runs, folder = Path(config["runs"]), Path(args.out or config["export"]["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    measured = runs / "evaluate.json"
    table = json.loads(measured.read_text())["table"] if measured.exists() else {}
    entries = []
    for role, method, name, stage, row in FILES:
        if not (runs / f"{stage}.pt").exists():
            continue
        model, stored = finished(config, stage, build_autoencoder(config) if role == "autoencoder" else build_unet(config))
        write_whole(folder / name, lambda path: save_file(half_weights(model), path, metadata={"format": "pt"}))
        metrics = {kind: {"ours": rows[row], "bicubic": rows["bicubic"]} for kind, rows in table.items() if row in rows}
        entries.append(entry(config, role, method, folder / name, model, stored, metrics))
    manifest = {"preset": config["export"]["preset"], "format": 1, "licence": "Apache-2.0", "created": config["export"]["date"],
                "diffusion": config["diffusion"], "files": entries}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / "manifest.json", lambda path: path.write_text(text, encoding="utf-8"))
    for item in entries:
        print(f"{item['name']}: {item['parameters']:,} parameters, {item['bytes']:,} bytes, step {item['training']['steps']}")
