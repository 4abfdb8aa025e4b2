"""How the networks' weights start.

GroupNorm with 32 groups keeps of each group only the direction of its centred channel vector: of two channels a sign, of one
nothing. The level of a flat picture would be lost in the last norm of every network. From three channels on, two "carriers" held
at +K and −K by their bias give the other channels of the group a fixed unit, and the level passes.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

CARRIER = 4.0      # K; the data channels' own deviation is about 1
LIFT = 3.0         # bias after the last norm that puts data on the straight part of SiLU
SLOPE = 1.09       # of SiLU around LIFT
UNIT = CARRIER * math.sqrt(2 / 3) / SLOPE      # undoes the last norm (three channels a group) and the SiLU


def data_channels(width):
    """Indices of the channels that are not carriers."""
    size = width // 32
    return [c for c in range(width) if c % size > 1] if size > 2 else list(range(width))


def carry(bias, last_norm):
    """Carriers in the bias of the last residual branch before `last_norm`, and a lifted bias for the data channels there."""
    width = last_norm.num_channels
    if width < 96:
        return
    with torch.no_grad():
        bias.view(32, -1)[:, 0] += CARRIER
        bias.view(32, -1)[:, 1] -= CARRIER
        last_norm.bias[data_channels(width)] = LIFT


def balance(weight):
    """Let the two carriers of each group take off the data channels' sum in the last stream convolution, so that the group's mean
    is zero: otherwise the norm subtracts part of the data's level."""
    groups = weight.view(32, -1, *weight.shape[1:])
    groups[:, :2] = -groups[:, 2:].sum(dim=1, keepdim=True) / 2


def unit_gain(model):
    """Normal weights of unit gain along plain convolutions, √2 inside residual branches, whose last convolution starts at zero.
    (PyTorch's default shrinks the signal √3-fold per layer.)"""
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            closing = name.endswith(("conv2", "proj_out", "out_layers.3", "fc2"))
            gain = 0.0 if closing else 2 ** 0.5 if name.endswith(("conv1", "in_layers.2", "fc1")) else 1.0
            nn.init.normal_(module.weight, std=gain * module.weight[0].numel() ** -0.5)
            nn.init.zeros_(module.bias)


def only(weight, rows):
    """Keep random features out of the rows that are about to be set and out of the carriers; they read everything else."""
    width = weight.shape[0]
    weight[[c for c in range(width) if c not in set(data_channels(width))]] = 0
    weight[rows] = 0


def unlift(convolution):
    """Bias of the output convolution: minus what zeros in the lifted channels come out as."""
    lifted = LIFT * torch.sigmoid(torch.tensor(LIFT))
    data = data_channels(convolution.in_channels)
    convolution.bias.copy_(-lifted * convolution.weight[:, data, 1, 1].sum(1))


def start_autoencoder(model):
    """Starts as a blurred but flat-exact codec: two levels of 2×2 means inwards, smoothing enlargement outwards.

    The means of R, G, B travel in the first three data channels and become three opponent-colour latents; the other channels
    start as random features. Needs one width throughout (of at least 96) and no blocks in the encoder's levels.
    """
    unit_gain(model)
    encoder, decoder = model.encoder, model.decoder
    width = encoder.conv_in.out_channels
    uniform = all(len(stage["block"]) == 0 for stage in encoder.down) and encoder.norm_out.num_channels == width >= 96
    carry(encoder.mid["block_2"].conv2.bias, encoder.norm_out)
    carry(decoder.up[0]["block"][-1].conv2.bias, decoder.norm_out)
    if not uniform:
        return model
    rgb = data_channels(width)[:3]
    opponent = torch.tensor([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / torch.tensor([3.0, 2.0, 6.0]).sqrt()[:, None]
    smooth = torch.tensor([0.25, 0.5, 0.25])
    with torch.no_grad():
        only(encoder.conv_in.weight, rgb)
        encoder.conv_in.weight[rgb, range(3), 1, 1] = 1
        for stage in encoder.down[:-1]:
            weight = stage["downsample"].conv.weight
            only(weight, rgb)
            weight[rgb, rgb, :2, :2] = 0.25
        balance(encoder.down[-2]["downsample"].conv.weight)
        encoder.conv_out.weight[:3] = 0
        encoder.conv_out.weight[:3, rgb, 1, 1] = opponent * UNIT
        only(decoder.conv_in.weight, rgb)
        decoder.conv_in.weight[rgb, :3, 1, 1] = opponent.t()
        for stage in decoder.up[1:]:
            weight = stage["upsample"].conv.weight
            only(weight, rgb)
            weight[rgb, rgb] = torch.outer(smooth, smooth)
        balance(decoder.up[1]["upsample"].conv.weight)
        decoder.conv_out.weight.zero_()
        decoder.conv_out.weight[range(3), rgb, 1, 1] = UNIT
        for convolution in (encoder.conv_out, decoder.conv_out):
            unlift(convolution)
        for quant in (model.quant_conv, model.post_quant_conv):
            nn.init.eye_(quant.weight[:, :, 0, 0])
    return model


def start_unet(model, weight, bias):
    """Starts as a linear map of the condition's 3×3 neighbourhoods (the last input channels), weight [C,K,3,3] and bias [C].

    For teacher and student that is the least-squares prediction of the latent from LR pixels, for G that of LR pixels from the latent.

    It travels from the first convolution over the outermost skip connection to the output; everything else starts random or at
    zero. Needs a width of at least 96 at the full resolution.
    """
    unit_gain(model)
    last, final = model.output_blocks[-1][0], model.out[2]
    carry(last.out_layers[3].bias, model.out[0])
    width, latents = final.in_channels, len(weight)
    if width < 96:
        return model
    rows = data_channels(width)[:latents]
    with torch.no_grad():
        first, skip = model.input_blocks[0][0], last.skip_connection
        first.weight[rows] = 0
        first.weight[rows, -weight.shape[1]:] = weight
        first.bias[rows] = bias
        only(skip.weight, rows)
        skip.weight[rows, [skip.in_channels - first.out_channels + row for row in rows], 0, 0] = 1
        balance(skip.weight)
        final.weight.zero_()
        final.weight[range(latents), rows, 1, 1] = UNIT
        unlift(final)
    return model


def start_conv_downsampler(model, weight, bias):
    """Starts as the same linear map for the convolutional G: through the stream, around residual branches that start at zero."""
    unit_gain(model)
    rows = range(len(weight))
    with torch.no_grad():
        model.conv_in.weight[rows] = 0
        model.conv_in.weight[rows, -weight.shape[1]:] = weight
        model.conv_in.bias[rows] = bias
        model.conv_out.weight.zero_()
        model.conv_out.weight[rows, rows, 1, 1] = 1
    return model


def linear_fit(inputs, targets):
    """Ridge least squares of B×C×H×W targets on the 3×3 neighbourhoods of B×K×H×W inputs: weight [C,K,3,3], bias [C]."""
    patches = F.unfold(inputs, 3).transpose(1, 2).flatten(0, 1).double()              # inner positions only
    wanted = targets[:, :, 1:-1, 1:-1].flatten(2).transpose(1, 2).flatten(0, 1).double()
    design = torch.cat([patches, torch.ones_like(patches[:, :1])], dim=1)
    ridge = 1e-4 * len(design) * torch.eye(design.shape[1], dtype=design.dtype, device=design.device)
    solution = torch.linalg.solve(design.t() @ design + ridge, design.t() @ wanted).float()
    return solution[:-1].t().reshape(-1, inputs.shape[1], 3, 3), solution[-1]
