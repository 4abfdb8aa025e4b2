"""Starting a larger autoencoder from a trained smaller one.

Both have the same widths; the larger may have more blocks a level and more latent channels. What exists in both is copied. A new
residual block starts as the identity (its last convolution is zero), and a new latent channel carries random features that the
decoder does not read yet. So the larger network starts with the smaller one's pictures and training only adds to them.
"""
import torch

from .start import unit_gain

# Tensors whose new input channels must not change what comes out.
UNREAD = ("quant_conv.weight", "post_quant_conv.weight", "decoder.conv_in.weight")


@torch.no_grad()
def grow_autoencoder(model, weights):
    """Returns `model` with `weights` ({name: tensor} of the smaller network) in it. Raises SystemExit where a tensor does not fit inside
    the model's of that name."""
    unit_gain(model)
    own = model.state_dict()
    for name, small in weights.items():
        if name not in own or small.dim() != own[name].dim() or any(a > b for a, b in zip(small.shape, own[name].shape)):
            raise SystemExit(f"the autoencoder cannot grow from these weights: {name} does not fit")
        if name in UNREAD:
            own[name].zero_()
        own[name][tuple(slice(side) for side in small.shape)] = small
    known = weights["quant_conv.weight"].shape[0]
    for quant in (model.quant_conv, model.post_quant_conv):
        added = range(known, quant.weight.shape[0])
        quant.weight[added, added, 0, 0] = 1
    return model
