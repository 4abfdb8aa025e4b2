"""Stage `export`: averaged weights as fp16 safetensors with PyTorch names and layouts, and the manifest that describes them.

Metrics are those of the last `evaluate`, which measures the weights as rounded to fp16. Nothing about the machine goes out.
"""
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from ..config import build_autoencoder, build_unet, load_config, output_space
from ..cotraining import DEFAULTS
from ..discriminator import build_discriminator
from ..downsampler import build_downsampler
from ..loop import load_checkpoint
from .pool import Pool

CODEC_ROW, TEACHER_ROW = "autoencoder of HR", "teacher, 15 steps"
STUDENTS = {"sinsr": "SinSR, 1 step", "ours": "ours, 1 step", "ours-conv": "ours (conv G), 1 step"}


@dataclass(frozen=True)
class Shipped:
    """A file of the preset: which network of which stage's checkpoint it holds."""

    role: str
    method: str
    name: str
    stage: str
    network: str
    row: str = None      # its row in evaluate.json


FILES = (
    Shipped("autoencoder", None, "autoencoder.safetensors", "autoencoder-final", "autoencoder", CODEC_ROW),
    Shipped("teacher", "resshift", "teacher.safetensors", "teacher", "teacher", TEACHER_ROW),
    *(Shipped("student", stage, f"{stage}.safetensors", stage, "student", row) for stage, row in STUDENTS.items()),
    *(Shipped(role, stage, f"{role}{stage.removeprefix('ours')}.safetensors", stage, network)
      for stage in ("ours", "ours-conv")
      for role, network in (("downsampler", "downsampler"), ("discriminator-hr", "discriminator_hr"), ("discriminator-lr", "discriminator_lr"))))


def stage_config(config, stage):
    """The configuration a stage was trained with: the preset's folder has it under the stage's name."""
    path = Path(config["configs"]) / f"{stage}.toml"
    return load_config(path) if path.exists() else config


def build(config, item):
    """The network of a file, untrained, and its configuration as the manifest gives it."""
    latents = config["autoencoder"]["embed_dim"]
    if item.role == "autoencoder":
        return build_autoencoder(config), {"n_embed": None, **config["autoencoder"]}
    if item.role in ("teacher", "student"):
        return build_unet(config), dict(config["unet"])
    if item.role.startswith("discriminator"):
        options = config[item.network]
        return build_discriminator(options), dict(options)
    options = stage_config(config, item.stage)
    kind, out = options.get("downsampler", "diffusion"), output_space(options)
    network = build_downsampler(kind, config["unet"], latents, out)
    if kind == "convolutional":
        return network, {"in_channels": 2 * latents, "width": network.conv_out.in_channels, "blocks": len(network.blocks), "out_channels": out}
    return network, {**{key: value for key, value in config["unet"].items() if key != "lq_size"}, "in_channels": 2 * latents, "out_channels": out}


def weights_of(model, dtype):
    """Parameters and spectral norms' vectors as contiguous tensors under their PyTorch names."""
    buffers = {name: value for name, value in model.named_buffers() if name.endswith(".u")}
    return {name: value.detach().to("cpu", dtype).contiguous() for name, value in {**dict(model.named_parameters()), **buffers}.items()}


def write_whole(path, write):
    """write(temporary path), then rename."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        write(temporary)
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SystemExit(f"{path} could not be written ({error}); what was there before is kept") from error


def losses_of(config, item):
    """One line for the manifest on what was minimised."""
    if item.role == "autoencoder":
        return f"L1 + MSE + 0.5 L1 of the gradients, noise of {stage_config(config, 'autoencoder')['options']['latent_noise']} deviations on the latent"
    if item.role == "teacher":
        return f"ResShift: MSE of x0 in latent space, t uniform over {config['diffusion']['steps']} steps"
    o = {**DEFAULTS, **stage_config(config, item.stage).get("cotrain", {})}
    terms = [(o["denoise_weight"], "denoise"), (o["distill_weight"], "distill"), (o["inverse_weight"], "inverse"), (o["gt_weight"], "gt"),
             (o["lambda_hr"], "L_H^G"), (o["lambda_lr"], "L_L^G")]
    student = " + ".join(f"{weight:g} {name}" for weight, name in terms if weight)
    return student if not o["lambda_hr"] else f"student: {student}; D: {o['discriminator_loss']}; G: denoise + {o['lambda_lr']:g} L_L^G"


def data_of(config, item):
    """What the network saw; the diffusion networks see the encoded part of the pool only."""
    if item.role == "autoencoder":
        return config["export"]["data"]
    pool = Pool(config)
    return f"{pool.done('latents')} crops of 256×256 with {pool.per_crop} LR versions each, from {config['export']['data']}"


def origin(stored):
    """What the manifest says of weights that did not start from nothing."""
    grown = stored["options"].get("grow_from")
    if "encoder_step" in stored:
        return {"encoder_steps": stored["encoder_step"]}      # the decoder alone was trained on
    file = Path(grown["file"] if isinstance(grown, dict) else grown) if grown else None
    return {"started_from": f"{file.parent.name}/{file.name}"} if file else {}


def entry(config, item, path, model, network_config, stored, metrics):
    data = path.read_bytes()
    training = {"steps": stored["step"], "samples": stored["samples"], "batch": stored["options"].get("batch"),
                "hours": round(stored["seconds"] / 3600, 3), "device": config["export"]["device"], "seed": stored["seed"],
                "data": data_of(config, item), "losses": losses_of(config, item), "date": config["export"]["date"]}
    training.update(origin(stored))
    return {"role": item.role, "method": item.method, "name": path.name, "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(), "config": network_config,
            "parameters": sum(p.numel() for p in model.parameters()), "dtype": "F16", "training": training, "metrics": metrics}


def main(config, args):
    runs, folder = Path(config["runs"]), Path(args.out or config["export"]["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    measured = runs / "evaluate.json"
    table = json.loads(measured.read_text())["table"] if measured.exists() else {}
    entries = []
    for item in FILES:
        if not (runs / f"{item.stage}.pt").exists():
            continue
        stored = load_checkpoint(runs / f"{item.stage}.pt")
        if item.network not in stored["averages"]:
            continue
        model, network_config = build(config, item)
        model.load_state_dict(stored["averages"][item.network])
        write_whole(folder / item.name, lambda path: save_file(weights_of(model, torch.float16), path, metadata={"format": "pt"}))
        metrics = {kind: {"ours": rows[item.row], "bicubic": rows["bicubic"]} for kind, rows in table.items() if item.row in rows}
        entries.append(entry(config, item, folder / item.name, model, network_config, stored, metrics))
    manifest = {"preset": config["export"]["preset"], "format": 1, "licence": "Apache-2.0", "created": config["export"]["date"],
                "diffusion": config["diffusion"], "files": entries}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / "manifest.json", lambda path: path.write_text(text, encoding="utf-8"))
    for item in entries:
        print(f"{item['name']}: {item['parameters']:,} parameters, {item['bytes']:,} bytes, step {item['training']['steps']}")
