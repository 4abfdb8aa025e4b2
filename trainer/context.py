"""Networks always see real or reflected context: a picture is padded by reflection, and its result cropped."""
import torch.nn.functional as F

CONTEXT = 16      # LR pixels on each side; with it sides stay multiples of the window of 16


def with_context(low, context=CONTEXT):
    """B×C×h×w → B×C×(h + 2·context)×(w + 2·context)."""
    return F.pad(low, (context,) * 4, mode="reflect")


def inside(picture, context=CONTEXT, scale=4):
    """The part of an output that belongs to the picture without its context."""
    cut = context * scale
    return picture[..., cut:picture.shape[-2] - cut, cut:picture.shape[-1] - cut]
