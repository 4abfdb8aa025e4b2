"""Stage `export`: averaged weights of finished stages as fp16 safetensors with PyTorch names and layouts, and the manifest that describes
them. `all` runs it after every stage.

Public weights that a run started from are not exported. Metrics are those of the last `evaluate` on the validation set. Nothing about the machine goes out but the kind of its processor.
"""
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from ..config import build_autoencoder, build_unet, finished_decoder, latent_channels, output_space, stage_config
from ..cotraining import checked
from ..discriminator import build_discriminator
from ..downsampler import build_downsampler
from ..files import load_checkpoint, load_json, load_state, write_whole
from .evaluate import CODEC_ROW, MADE_OF, STUDENTS
from .pool import Pool


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
    Shipped("teacher", "resshift", "teacher.safetensors", "teacher", "teacher", "teacher, 1 step"),
    *(Shipped("student", stage, f"{stage}.safetensors", stage, "student", row) for stage, row in STUDENTS.items()),
    *(Shipped(role, stage, f"{role}{stage.removeprefix('ours')}.safetensors", stage, network)
      for stage in ("ours", "ours-conv")
      for role, network in (("downsampler", "downsampler"), ("discriminator-hr", "discriminator_hr"), ("discriminator-lr", "discriminator_lr"))))


def of_stage(config, stage):
    return stage_config(config["configs"], stage.removesuffix("-final"), config["settings"])


def build(config, item):
    """The network of a file, untrained, and its configuration as the manifest gives it."""
    if item.role == "autoencoder":
        return build_autoencoder(config), {"n_embed": None, **config["autoencoder"]}
    if item.role in ("teacher", "student"):
        return build_unet(config), dict(config["unet"])
    if item.role.startswith("discriminator"):
        return build_discriminator(config[item.network]), dict(config[item.network])
    options, latents = of_stage(config, item.stage), latent_channels(config)
    kind, out = options.get("downsampler", "diffusion"), output_space(options)
    network = build_downsampler(kind, config["unet"], latents, out)
    if kind == "convolutional":
        return network, {"in_channels": 2 * latents, "width": network.conv_out.in_channels, "blocks": len(network.blocks), "out_channels": out}
    return network, {**{key: value for key, value in config["unet"].items() if key != "lq_size"}, "in_channels": 2 * latents, "out_channels": out}


def weights_of(model, dtype):
    """Parameters and spectral norms' vectors as contiguous tensors under their PyTorch names."""
    buffers = {name: value for name, value in model.named_buffers() if name.endswith(".u")}
    return {name: value.detach().to("cpu", dtype).contiguous() for name, value in {**dict(model.named_parameters()), **buffers}.items()}


DECODER_TUNED = "then the decoder alone"      # in the manifest's losses, where the stage `decoder` was run


def decoder_losses(config):
    tuned = finished_decoder(config)
    if not tuned:
        return ""
    o = tuned["options"]
    return (f"; {DECODER_TUNED}, {o['samples']} crops in {o['rounds']} rounds, averaged: {o['truth_weight']:g} MSE "
            f"to the truth; of the teacher's latents L1 + 2 MSE to its own pictures; {o['lattice_weight']:g} distance of their lattice from the truth's")


def losses_of(config, item):
    """One line for the manifest on what was minimised."""
    options = of_stage(config, item.stage)
    if item.role == "autoencoder":
        o = options["options"]
        return (f"L1 + 2 MSE, from {o.get('perceptual_from', 2 / 3):.0%} on + {o['perceptual_weight']:g} LPIPS (VGG16), "
                f"noise of {o['latent_noise']:g} deviations on the latent{decoder_losses(config)}")
    if item.role == "teacher":
        return f"ResShift: MSE of x0 in latent space, {options['options']['last_share']:.0%} of the samples at T, t uniform else"
    o = checked(options.get("cotrain", {}))
    terms = [(o["denoise_weight"], "denoise"), (o["distill_weight"], "distill"), (o["inverse_weight"], "inverse"), (o["gt_weight"], "gt"),
             (o["perceptual_weight"], f"LPIPS ({o['perceptual_network']})"), (o["lambda_hr"], "L_H^G"), (o["lambda_lr"], "L_L^G")]
    student = " + ".join(f"{weight:g} {name}" for weight, name in terms if weight)
    if not (o["lambda_hr"] or o["lambda_lr"]):
        return student
    return (f"student: {student}{flats_of(options.get('options', {}))}; lambda {o['lambda_mode']}; D: {o['discriminator_loss']}, "
            f"{o['discriminator_warmup']} iterations ahead; G: denoise + {o['lambda_lr']:g} L_L^G")


def flats_of(options):
    share, weight = options.get("flat_share", 0.0), options.get("flat_weight", 1.0)
    return f", {share:.0%} of the crops of one colour with a weight of {weight:g} in denoise" if share else ""


def data_of(config, item):
    """The data that the network saw; the diffusion networks see the encoded part of the pool only."""
    folders = ", ".join(config["data"]["folders"])
    if item.role == "autoencoder":
        return f"random crops of the photographs of {folders}"
    pool = Pool(config)
    return f"{pool.done('latents')} crops of 256×256 with {pool.per_crop} LR versions each, from the photographs of {folders}"


def entry(config, item, path, model, network_config, stored, metrics):
    data, date = path.read_bytes(), time.strftime("%Y-%m-%d", time.gmtime((Path(config["runs"]) / f"{item.stage}.pt").stat().st_mtime))
    training = {"steps": stored["step"], "samples": stored["samples"], "batch": stored["options"]["batch"],
                "hours": round(stored["seconds"] / 3600, 3), "device": stored["precision"]["processor"], "seed": stored["seed"],
                "data": data_of(config, item), "losses": losses_of(config, item), "date": date}
    return {"role": item.role, "method": item.method, "name": path.name, "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(), "config": network_config,
            "parameters": sum(p.numel() for p in model.parameters()), "dtype": "F16", "training": training, "metrics": metrics}


def figures(row):
    """A row of evaluate.json as the manifest has it."""
    return {name: value for name, value in row.items() if name != MADE_OF}


def run(config, out=None):
    """@returns the manifest's entries"""
    runs, folder = Path(config["runs"]), Path(out or config["export"]["folder"])
    table, entries = load_json(runs / "evaluate.json", {}).get("validation", {}), []
    for item in FILES:
        path = runs / f"{item.stage}.pt"
        if not path.exists():
            continue
        stored = load_checkpoint(path)
        if "source" in stored or item.network not in stored["averages"] or stored["samples"] < stored["options"]["samples"]:
            continue
        model, network_config = build(config, item)
        load_state(model, stored["averages"], item.network, path)
        tuned = finished_decoder(config) if item.role == "autoencoder" else None
        if tuned:
            model.decoder.load_state_dict(tuned["averages"]["decoder"])
        write_whole(folder / item.name, lambda temporary: save_file(weights_of(model, torch.float16), temporary, metadata={"format": "pt"}))
        metrics = {kind: {"result": figures(rows[item.row]), "bicubic": figures(rows["bicubic"])} for kind, rows in table.items() if item.row in rows}
        # Until all methods are scored side by side: the stage's own last figures.
        metrics = metrics or ({"validation": stored["metrics"]} if stored.get("metrics") else {})
        entries.append(entry(config, item, folder / item.name, model, network_config, stored, metrics))
    manifest = {"preset": config["export"]["preset"], "format": 1, "licence": config["export"].get("licence", "Apache-2.0"),
                "created": max((item["training"]["date"] for item in entries), default=""), "diffusion": config["diffusion"], "files": entries}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    if entries:
        write_whole(folder / "manifest.json", lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return entries


def export_ablation(config, folder):
    """The student of every finished run of Table IV as FOLDER/ablation-ROW-SEED.safetensors, for metrics that the stage doesn't have."""
    written = []
    for path in sorted(Path(config["runs"]).glob("ablation-*.pt")):
        stored = load_checkpoint(path)
        if stored["samples"] < stored["options"]["samples"]:
            continue
        model = build_unet(config)
        load_state(model, stored["averages"], "student", path)
        target = Path(folder) / f"{path.stem}.safetensors"
        write_whole(target, lambda temporary: save_file(weights_of(model, torch.float16), temporary, metadata={"format": "pt"}))
        written.append(target)
    if not written:
        raise SystemExit(f"{config['runs']}: no run of Table IV is finished; `python -m trainer ablation` makes them")
    return written


def main(config, args):
    if args.ablation:
        if not args.out:
            raise SystemExit("export: --ablation takes --out DIR")
        for path in export_ablation(config, args.out):
            print(path)
        return
    for item in run(config, args.out):
        print(f"{item['name']}: {item['parameters']:,} parameters, {item['bytes']:,} bytes, step {item['training']['steps']}")
