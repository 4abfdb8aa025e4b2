"""A grown network starts with the outputs of the smaller one."""
import pytest
import torch

from ..autoencoder import Autoencoder
from ..grow import fit_details, grow_autoencoder, grow_unet
from ..start import start_autoencoder
from ..unet import UNetModelSwin


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


def test_new_latents_hold_what_the_pictures_lack():
    small = perturbed(autoencoder(0, 4))
    large = grow_autoencoder(autoencoder(1, 8), small.state_dict())
    x = torch.rand(6, 3, 64, 64) * 2 - 1
    share = fit_details(large, 4, x.split(2))
    with torch.no_grad():
        z = large.encode(x)
        assert torch.allclose(z[:, :4], small.encode(x), atol=1e-5)
        assert torch.allclose(large.decode(z), small.decode(small.encode(x)), atol=1e-5)
        details = z[:, 4:].transpose(0, 1).flatten(1)
        assert torch.allclose(details.square().mean(1), torch.ones(4), atol=0.05)
        error = torch.nn.functional.unfold(x - small.decode(small.encode(x)).clamp(-1, 1), 4, stride=4)
    error, read = error.transpose(1, 2).flatten(0, 1), details.t()
    left = error - read @ torch.linalg.lstsq(read, error).solution
    assert 0 < share < 1
    assert abs(1 - left.square().sum() / error.square().sum() - share) < 0.02


def unet(blocks, latents):
    return UNetModelSwin(image_size=16, in_channels=latents, out_channels=latents, model_channels=32, channel_mult=[1, 2],
                         num_res_blocks=blocks, attention_resolutions=[16, 8], num_head_channels=16, swin_embed_dim=32,
                         window_size=8, mlp_ratio=2, swin_depth=2, lq_size=16)


@pytest.mark.parametrize("before,after", [([1, 1], [2, 3]), ([2, 1], [3, 1])])
def test_a_deeper_unet_predicts_the_same(before, after):
    small = perturbed(unet(before, 4)).eval()
    large = grow_unet(unet(after, 6), small.state_dict(), before, after).eval()
    x, lq, t = torch.randn(2, 6, 16, 16), torch.randn(2, 3, 16, 16), torch.tensor([3, 14])
    with torch.no_grad():
        out = large(x, t, lq)
        assert torch.allclose(out[:, :4], small(x[:, :4], t, lq), atol=1e-4)
        assert out[:, 4:].abs().max() == 0


def test_a_unet_refuses_what_does_not_fit():
    with pytest.raises(SystemExit, match="does not fit"):
        grow_unet(unet([1, 1], 4), unet([1, 1], 6).state_dict(), [1, 1], [1, 1])
