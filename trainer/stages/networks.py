"""Stage `networks`: compact's networks in numbers, for checking another implementation (tests/networks/README.md).

`python -m trainer networks --out tests/networks`. Weights and inputs come from the integer hash; single precision.
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from ..diffusion import Diffusion
from ..discriminator import build_discriminator
from ..hashed import fill, uniform
from ..tiny_autoencoder import TinyAutoencoder
from ..unet import UNetModelSwin

AUTOENCODER = {"kind": "tiny", "channels": 64, "latent_channels": 8, "encoder_blocks": 2, "decoder_blocks": 4, "detail_channels": 32}
# The parameters of compact's; made for a map of half its size, which has the least windows that show a shift.
UNET = {"image_size": 32, "lq_size": 32, "in_channels": 8, "out_channels": 8, "model_channels": 64, "channel_mult": [1, 2],
        "num_res_blocks": [1, 1], "attention_resolutions": [16], "num_head_channels": 16, "use_scale_shift_norm": True,
        "swin_embed_dim": 64, "swin_depth": 2, "window_size": 8, "mlp_ratio": 2, "norm": "none", "shift_mask": "standard"}
# D_H of compact as it is; of D_L the first blocks, at its own stem and on an odd number of strides.
DISCRIMINATORS = {
    "discriminator_hr_compact": ({"kind": "efficientnet-lite0", "stem_stride": 2, "blocks": 11, "head_levels": [0, 2, 4, 10],
                                  "head_width": 64, "pixel_widths": [32, 64]}, 32),
    "discriminator_lr_compact": ({"kind": "efficientnet-lite0", "stem_stride": 1, "blocks": 4, "head_levels": [0, 3], "head_width": 8,
                                  "pixel_widths": [4, 8]}, 18)}
TIMES = (14, 3)
TAPS = ("middle_block", "output_blocks.0")
# Small ones of every kind; the norms of all are in the metadata.
WHOLE = ("time_embed.0.bias", "input_blocks.1.0.emb_layers.1.bias", "input_blocks.1.0.in_layers.2.bias", "middle_block.1.blocks.1.norm1.weight",
         "middle_block.1.blocks.1.norm2.bias", "middle_block.1.blocks.1.attn.relative_position_bias_table",
         "middle_block.1.blocks.1.attn.qkv.weight", "output_blocks.3.0.out_layers.3.bias", "out.2.weight",
         "encoder.conv_in.weight", "encoder.blocks.1.conv1.bias", "encoder.conv_out.weight", "decoder.conv_in.weight",
         "decoder.conv_up.bias", "decoder.block.conv2.weight", "decoder.conv_out.weight",
         "features.stem.weight", "features.blocks.0.depthwise.weight", "features.blocks.1.depthwise.weight", "features.blocks.3.depthwise.weight",
         "features.blocks.2.project.bias", "pixels.0.weight", "heads.1.conv_in.weight", "heads.0.conv_out.weight")


def autoencoder_of(salt):
    options = {key: value for key, value in AUTOENCODER.items() if key != "kind"}
    return fill(TinyAutoencoder(**options), salt)


def shapes(network):
    return {name: list(value.shape) for name, value in network.named_parameters()}


def gradients(name, network, x, output):
    """Tensors and metadata of the gradients of mean(output·w)."""
    return gradients_of(network, x, (output * uniform(f"{name}#w", output.shape, 1)).mean())


def gradients_of(network, x, loss):
    loss.backward()
    found = {key: value.grad for key, value in network.named_parameters()}
    tensors = {"loss": loss, "grad.x": x.grad, **{f"grad.{key}": found[key] for key in WHOLE if key in found}}
    return tensors, {"param_shapes": shapes(network), "grad_l2_norms": {key: float(value.norm()) for key, value in found.items()}}


def unet(name):
    network, taps = fill(UNetModelSwin(**UNET), name), {}
    for key, part in network.named_modules():
        if key in TAPS:
            part.register_forward_hook(lambda _, __, out, key=key: taps.update({f"tap.{key}": out[:1]}))
    size, times = UNET["image_size"], torch.tensor(TIMES)
    x = uniform(f"{name}#x", (len(TIMES), UNET["in_channels"], size, size), 2).requires_grad_()
    output = network(x, times, uniform(f"{name}#lq", (len(TIMES), 3, size, size), 1))
    tensors, facts = gradients(name, network, x, output)
    return {"timesteps": times, "output": output, **taps, **tensors}, {"config": UNET, **facts}


def autoencoder(name):
    network = autoencoder_of(name)
    x = uniform(f"{name}#x", (2, 3, 48, 64), 1).requires_grad_()
    z = network.encode(x)
    decoded = network.decode(z)
    tensors, facts = gradients(name, network, x, decoded)
    return {"z": z, "decoded": decoded, **tensors}, {"tiny_autoencoder": AUTOENCODER, **facts}


def discriminator(name):
    """After one power iteration of its spectral norms."""
    options, side = DISCRIMINATORS[name]
    network = fill(build_discriminator(options), name)
    network.advance()
    x = uniform(f"{name}#x", (2, 3, side, side), 1).requires_grad_()
    maps = network(x)
    loss = sum((logits * uniform(f"{name}#w{head}", logits.shape, 1)).mean() for head, logits in enumerate(maps))
    tensors, facts = gradients_of(network, x, loss)
    return {**{f"logits.{head}": logits for head, logits in enumerate(maps)}, **tensors}, {"discriminator": options, **facts}


@torch.no_grad()
def one_step(name):
    network, decoder, diffusion = fill(UNetModelSwin(**UNET), f"{name}.unet"), autoencoder_of(f"{name}.autoencoder"), Diffusion()
    size = UNET["image_size"]
    lr = uniform(f"{name}#lr", (1, 3, size, size), 1)
    noise = uniform(f"{name}#noise", (1, UNET["in_channels"], size, size), 1.7)
    up = F.interpolate(lr, scale_factor=4, mode="bicubic", align_corners=False)
    z_y = decoder.encode(up)
    x0 = diffusion.one_step(network, z_y, lr, noise)
    tensors = {"bicubic_up_corner": up[:, :, :16, :16], "z_y": z_y, "x_T": diffusion.prior(z_y, noise), "x0_hat": x0, "image": decoder.decode(x0)}
    return tensors, {"unet": UNET, "autoencoder": AUTOENCODER, "unet_param_shapes": shapes(network),
                     "autoencoder_param_shapes": shapes(decoder), "kappa": diffusion.kappa, "sqrt_etas": diffusion.sqrt_eta.tolist()}


CASES = {"unet_swin_compact": unet, "tiny_autoencoder_compact": autoencoder, "one_step_compact": one_step,
         **dict.fromkeys(DISCRIMINATORS, discriminator)}


def compute(name):
    """(tensors, metadata) of one file."""
    tensors, facts = CASES[name](name)
    return ({key: value.detach().contiguous() for key, value in tensors.items()}, {key: json.dumps(value) for key, value in facts.items()})


def main(config, args):
    if not args.out:
        raise SystemExit("networks: --out DIR is needed")
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    for name in CASES:
        tensors, metadata = compute(name)
        path = folder / f"{name}.safetensors"
        save_file(tensors, path, metadata=metadata)
        print(f"{path}: {path.stat().st_size} bytes")
