"""
The paper's networks with hash-made weights, in files like the public ones: `python tests/torch/make_full_size.py FOLDER`.
Names and shapes are those of the golden file; the values follow tests/golden/README.md.
"""
import json
import struct
import sys
from collections import OrderedDict
from pathlib import Path

import torch

root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root))
from trainer.hashed import parameter  # noqa: E402

golden = root / "tests/golden/one_step_full_size.safetensors"


def metadata():
    with open(golden, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length))["__metadata__"]


def save(path, salt, shapes, wrap):
    tensors = OrderedDict((name, parameter(salt, name, shape)) for name, shape in json.loads(shapes).items())
    torch.save(wrap(tensors), path)
    print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    about = metadata()
    salt = golden.stem
    # As a training run leaves them: a state dict among other things, its names prefixed by DistributedDataParallel.
    prefixed = lambda tensors: {"iters_start": 30_000, "state_dict": OrderedDict((f"module.{k}", v) for k, v in tensors.items())}
    save(folder / "SinSR_v1.pth", f"{salt}.unet", about["unet_param_shapes"], prefixed)
    save(folder / "autoencoder_vq_f4.pth", f"{salt}.autoencoder", about["autoencoder_param_shapes"], lambda tensors: tensors)
