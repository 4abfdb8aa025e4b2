"""A grown autoencoder starts with the pictures of the smaller one."""
import pytest
import torch

from ..autoencoder import Autoencoder
from ..grow import grow_autoencoder
from ..start import start_autoencoder


def autoencoder(blocks, latents):
    shape = {"ch": 32, "ch_mult": [1, 1, 1], "num_res_blocks": blocks, "in_channels": 3, "out_ch": 3, "z_channels": latents}
    return start_autoencoder(Autoencoder(shape, latents, None))


def perturbed(model):
    """As if trained: nothing is zero any more."""
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def test_shows_the_same_pictures():
    small = perturbed(autoencoder(0, 4))
    large = grow_autoencoder(autoencoder(1, 8), small.state_dict())
    x = torch.rand(1, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(large.encode(x)[:, :4], small.encode(x), atol=1e-5)
        assert torch.allclose(large.decode(large.encode(x)), small.decode(small.encode(x)), atol=1e-5)


def test_refuses_what_does_not_fit():
    with pytest.raises(SystemExit, match="does not fit"):
        grow_autoencoder(autoencoder(0, 4), autoencoder(1, 8).state_dict())
