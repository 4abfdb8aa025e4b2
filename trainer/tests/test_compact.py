"""The networks of `compact`: sizes, latents that are normalised without a trace, and a result that depends on near places alone."""
import json

import pytest
import torch
from safetensors import safe_open

from trainer.stages import networks
from trainer.swin import standard_mask
from trainer.tests.golden import ROOT, assert_close
from trainer.tiny_autoencoder import TinyAutoencoder
from trainer.unet import UNetModelSwin

UNET = {"image_size": 64, "lq_size": 64, "in_channels": 4, "out_channels": 4, "model_channels": 16, "channel_mult": [1, 2],
        "num_res_blocks": [1, 1], "attention_resolutions": [32], "num_head_channels": 8, "swin_embed_dim": 16, "swin_depth": 2,
        "window_size": 8, "mlp_ratio": 2, "norm": "none", "shift_mask": "standard"}


def awake(network, seed=0):
    """Every weight drawn anew: blocks that start as the identity would hide what they do."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.1)
    return network


def test_the_autoencoder_folds_its_latents_statistics():
    network, picture = awake(TinyAutoencoder(16, 4, 1, 1, 8)), torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        z, before = network.encode(picture), network.decode(network.encode(picture))
        network.normalise(z.mean((0, 2, 3)), z.std((0, 2, 3)))
        z, after = network.encode(picture), network.decode(network.encode(picture))
    assert z.shape == (2, 4, 24, 24) and after.shape == picture.shape
    assert z.mean((0, 2, 3)).abs().max() < 1e-4 and (z.std((0, 2, 3)) - 1).abs().max() < 1e-4
    inside = (..., slice(24, -24), slice(24, -24))      # zero padding of the latent stands for its mean afterwards
    assert (before[inside] - after[inside]).abs().max() < 1e-4


def test_the_standard_mask_parts_what_the_roll_brought_together():
    window, shift, rows, columns = 4, 2, 3, 2
    height, width = rows * window, columns * window
    place = torch.arange(height * width, dtype=torch.float32).view(height, width)
    rolled = torch.roll(place, (-shift, -shift), (0, 1))
    tokens = rolled.view(rows, window, columns, window).permute(0, 2, 1, 3).reshape(rows, columns, -1)
    y, x = tokens // width, tokens % width
    near = ((y[..., :, None] - y[..., None, :]).abs() < window) & ((x[..., :, None] - x[..., None, :]).abs() < window)
    mask = standard_mask(rows, columns, window, shift)[:, :, 0].expand(rows, columns, -1, -1)
    assert torch.equal(mask == 0, near)


def test_without_norms_far_places_do_not_matter():
    network = awake(UNetModelSwin(**UNET))
    x, lr, t = torch.randn(1, 4, 192, 32), torch.rand(1, 3, 192, 32), torch.tensor([14])
    other = x.clone()
    other[:, :, 144:] += 10
    with torch.no_grad():
        change = (network(x, t, lr) - network(other, t, lr)).abs().amax(dim=(0, 1, 3))
    assert change[:48].max() == 0 and change[144:].min() > 0


def test_a_new_network_is_linear_in_its_input_but_for_attention():
    """Residual blocks without norms start as the identity, whatever the time."""
    torch.manual_seed(0)
    network = UNetModelSwin(**{**UNET, "attention_resolutions": []})
    network.middle_block[1] = torch.nn.Identity()
    a, b, lr, t = torch.randn(1, 4, 16, 16), torch.randn(1, 4, 16, 16), torch.zeros(1, 3, 16, 16), torch.tensor([3])
    with torch.no_grad():
        both = network(a + b, t, lr) + network(torch.zeros_like(a), t, lr)
        assert (both - network(a, t, lr) - network(b, t, lr)).abs().max() < 1e-5


@pytest.mark.parametrize("name", networks.CASES)
def test_the_numbers_that_the_page_is_checked_against(name):
    tensors, metadata = networks.compute(name)
    with safe_open(ROOT / "tests" / "networks" / f"{name}.safetensors", "pt") as file:
        assert set(file.keys()) == set(tensors)
        for key, value in tensors.items():
            assert_close(value, file.get_tensor(key), 1e-3 if key.startswith("grad.") else 1e-4)
        stored = {key: json.loads(value) for key, value in file.metadata().items()}
    found = {key: json.loads(value) for key, value in metadata.items()}
    norms = {key: facts.pop("grad_l2_norms", {}) for key, facts in (("stored", stored), ("found", found))}
    assert stored == found
    assert norms["stored"].keys() == norms["found"].keys()
    assert all(abs(value - norms["found"][key]) < 1e-3 * value for key, value in norms["stored"].items())


def test_half_precision_runs_without_norms():
    """PyTorch 1 has no LayerNorm of bfloat16 with weights in single precision."""
    network = awake(UNetModelSwin(**UNET))
    x, lr, t = torch.randn(1, 4, 32, 32), torch.rand(1, 3, 32, 32), torch.tensor([14])
    with torch.no_grad():
        whole = network(x, t, lr)
        with torch.autocast("cpu", torch.bfloat16):
            half = network(x, t, lr).float()
    assert (half - whole).abs().max() < 0.05 * whole.abs().max()
