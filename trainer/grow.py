"""Starting a larger network from a trained smaller one of the same widths.

The larger may have more blocks a level and more latent channels. What exists in both is copied, a new residual block starts as the
identity (its last convolution is zero), and nothing reads the new latent channels yet. So the larger network starts with the smaller
one's pictures and training only adds to them. What the autoencoder's new channels carry is fitted to what those pictures lack.
"""
import torch
import torch.nn.functional as F

from .start import unit_gain

# Tensors whose new input channels must not change what comes out.
UNREAD = ("quant_conv.weight", "post_quant_conv.weight", "decoder.conv_in.weight")


def place(own, name, small, what, columns=None):
    """Copy `small` into the leading corner of own[name]; columns: where its input channels go, instead. Raises SystemExit where it
    does not fit."""
    large = own.get(name)
    if large is None or small.dim() != large.dim() or any(a > b for a, b in zip(small.shape, large.shape)):
        raise SystemExit(f"{what} cannot grow from these weights: {name} does not fit")
    corner = tuple(slice(side) for side in small.shape)
    large[corner if columns is None else (corner[0], columns, *corner[2:])] = small


@torch.no_grad()
def grow_autoencoder(model, weights):
    """Returns `model` with `weights` ({name: tensor} of the smaller network) in it. Raises SystemExit where a tensor does not fit inside
    the model's of that name."""
    unit_gain(model)
    own = model.state_dict()
    for name, small in weights.items():
        if name in UNREAD:
            own[name].zero_()
        place(own, name, small, "the autoencoder")
    known = weights["quant_conv.weight"].shape[0]
    for quant in (model.quant_conv, model.post_quant_conv):
        added = range(known, quant.weight.shape[0])
        quant.weight[added, added, 0, 0] = 1
    return model


@torch.no_grad()
def fit_details(model, known, batches):
    """The encoder's new latents (from index `known` on) become the leading principal components of what its pictures lack, as far as a
    linear reading of its last features' 3×3 neighbourhoods tells them (reduced-rank ridge regression), at unit variance.

    batches: iterable of B×3×H×W in [−1, 1]. Returns the share of the error's energy that they hold.
    """
    convolution, features = model.encoder.conv_out, []
    hook = convolution.register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
    fold = 2 ** (len(model.encoder.down) - 1)
    square = cross = energy = count = 0
    for x in batches:
        error = x - model.decode(model.encode(x)).clamp(-1, 1)
        read = F.unfold(features.pop(), 3, padding=1).transpose(1, 2).flatten(0, 1)
        read = torch.cat([read, torch.ones_like(read[:, :1])], dim=1).double()
        lacking = F.unfold(error, fold, stride=fold).transpose(1, 2).flatten(0, 1).double()
        square, cross = square + read.t() @ read, cross + read.t() @ lacking
        energy, count = energy + lacking.square().sum(), count + len(read)
    hook.remove()
    ridge = 1e-4 * square.diagonal().mean() * torch.eye(len(square), dtype=square.dtype, device=square.device)
    reading = torch.linalg.solve(square + ridge, cross)
    explained, directions = torch.linalg.eigh(reading.t() @ square @ reading)
    new = convolution.out_channels - known
    explained, directions = explained[-new:].flip(0), directions[:, -new:].flip(1)
    rows = (reading @ directions / (explained / count).sqrt()).t().float()
    convolution.weight[known:] = rows[:, :-1].reshape(new, *convolution.weight.shape[1:])
    convolution.bias[known:] = rows[:, -1]
    return float(explained.sum() / energy)


def grown_places(before, after):
    """{index in the smaller network's blocks: index in the larger's} of input_blocks and of output_blocks, from the numbers of residual
    blocks a level. New blocks come last in a level on the way in, and between the level's first and second on the way out, where the
    skips that they take hold the same as the first's."""
    inputs, outputs, small, large = {0: 0}, {}, 1, 1
    for level, (few, many) in enumerate(zip(before, after)):
        blocks = range(few + (level + 1 < len(before)))                        # the last of them goes to the next level
        inputs.update({small + k: large + (k if k < few else many) for k in blocks})
        small, large = small + len(blocks), large + len(blocks) + many - few
    small = large = 0
    for few, many in zip(reversed(before), reversed(after)):
        outputs.update({small + k: large + (k and k + many - few) for k in range(few + 1)})
        small, large = small + few + 1, large + many + 1
    return {"input_blocks": inputs, "output_blocks": outputs}


@torch.no_grad()
def grow_unet(model, weights, before, after):
    """Returns the U-Net `model` of `after` residual blocks a level with `weights` of one with `before`, of as many levels, in it. New
    latents are predicted as zero, their mean, and not read. Raises SystemExit where a tensor does not fit."""
    unit_gain(model)
    own, places, first = model.state_dict(), grown_places(before, after), "input_blocks.0.0.weight"
    for block in model.output_blocks:
        skip = block[0].skip_connection.weight
        skip.zero_()[range(len(skip)), range(len(skip))] = 1                    # a new block passes on what comes from below
    for name in (first, "out.2.weight", "out.2.bias"):
        own[name].zero_()
    latents = weights["out.2.weight"].shape[0]
    for name, small in weights.items():
        part, index, *rest = name.split(".")
        into = ".".join([part, str(places[part][int(index)]), *rest]) if part in places else name
        read = list(range(latents)) + list(range(latents - small.shape[1], 0)) if name == first else None
        place(own, into, small, "the U-Net", read)
    return model
