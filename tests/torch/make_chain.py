"""
The teacher's fifteen steps at full size, computed by the trainer's networks: `python tests/torch/make_chain.py FILE`.
Weights and inputs are those of `one_step_full_size`, so that the first step is held against the public reference.
"""
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root))
from trainer.autoencoder import Autoencoder  # noqa: E402
from trainer.diffusion import Diffusion  # noqa: E402
from trainer.hashed import fill, uniform  # noqa: E402
from trainer.unet import UNetModelSwin  # noqa: E402

golden = root / "tests/golden/one_step_full_size.safetensors"
KEPT = (14, 10, 5, 1)


def agree(name, ours, reference):
    error = float((ours - reference).abs().max() / reference.abs().max())
    print(f"{name}: {error:.1e} from the public reference")
    assert error < 5e-4, name


@torch.inference_mode()
def main(out):
    with safe_open(golden, "pt") as file:
        reference, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    salt, shapes = golden.stem, json.loads(about["autoencoder_param_shapes"])
    entries, dim = shapes["quantize.embedding.weight"]
    autoencoder = fill(Autoencoder(json.loads(about["autoencoder"]), dim, entries), f"{salt}.autoencoder", about["autoencoder_param_shapes"])
    unet = fill(UNetModelSwin(**json.loads(about["unet"])), f"{salt}.unet", about["unet_param_shapes"])
    lr, noise = uniform(f"{salt}#lr", (1, 3, 64, 64), 1), uniform(f"{salt}#noise", (1, dim, 64, 64), 1.7)
    diffusion = Diffusion()
    up = F.interpolate(lr, scale_factor=4, mode="bicubic")
    zy = autoencoder.encode(up)
    x = diffusion.prior(zy, noise)
    tensors = {"bicubic_up_corner": up[:, :, :16, :16], "z_y": zy, "x_T": x}
    for index in reversed(range(diffusion.steps)):
        x0_hat = diffusion.predict(unet, x, index, lr)
        x = diffusion.deterministic_step(x, x0_hat, zy, index)
        if index in KEPT:
            tensors |= {f"deterministic.x0hat_t{index}": x0_hat, f"deterministic.x_after_t{index}": x}
        print(f"step {diffusion.steps - index} of {diffusion.steps}", flush=True)
    agree("z_y", zy, reference["z_y"])
    agree("first x0", tensors["deterministic.x0hat_t14"], reference["x0_hat"])
    tensors |= {"deterministic.sample": x, "indices": autoencoder.quantize(x)[1], "image": autoencoder.decode(x)}
    save_file({name: value.contiguous() for name, value in tensors.items()}, out, metadata=about | {"salt": json.dumps(salt)})


if __name__ == "__main__":
    main(sys.argv[1])
