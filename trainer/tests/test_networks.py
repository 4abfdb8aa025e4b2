"""UNetModelSwin and the autoencoder against the public reference modules."""
import json

import pytest
import torch

from trainer.autoencoder import Autoencoder
from trainer.hashed import fill, uniform
from trainer.tests.golden import assert_close, golden
from trainer.unet import UNetModelSwin


@pytest.mark.parametrize("name", ["unet_swin_two_level", "unet_swin_lq_extractor"])
def test_unet(name):
    tensors, meta = golden(name)
    config = json.loads(meta["config"])
    model = fill(UNetModelSwin(**config), name, meta["param_shapes"])
    taps, parts = {}, dict(model.named_modules())
    for key in tensors:
        if key.startswith("tap."):
            parts[key[4:]].register_forward_hook(lambda _, __, out, key=key: taps.update({key: out[:1]}))
    size, times = config["image_size"], tensors["timesteps"]
    x = uniform(f"{name}#x", (len(times), config["in_channels"], size, size), 2).requires_grad_()
    lr = uniform(f"{name}#lq", (len(times), 3, config["lq_size"], config["lq_size"]), 1)
    output = model(x, times, lr)
    assert_close(output, tensors["output"], 1e-4)
    for key, value in taps.items():
        assert_close(value, tensors[key], 1e-4)
    loss = (output * uniform(f"{name}#w", output.shape, 1)).mean()
    loss.backward()
    assert_close(loss, tensors["loss"], 1e-4)
    assert_close(x.grad, tensors["grad.x"], 1e-3)
    gradients = {key: value.grad for key, value in model.named_parameters()}
    for key in tensors:
        if key.startswith("grad.") and key != "grad.x" and gradients[key[5:]].norm() > 1e-7:
            assert_close(gradients[key[5:]], tensors[key], 1e-3)
    norms = json.loads(meta["grad_l2_norms"])
    assert set(norms) == set(gradients)
    largest = max(norms.values())
    for key, value in norms.items():
        assert abs(gradients[key].norm().item() - value) < 1e-3 * value + 1e-6 * largest, key


def test_unet_takes_a_larger_map_than_it_was_built_for():
    tensors, meta = golden("unet_swin_two_level")
    model = fill(UNetModelSwin(**json.loads(meta["config"])), "any")
    output = model(torch.zeros(1, 3, 16, 32), torch.tensor([3]), torch.zeros(1, 3, 16, 32))
    assert output.shape == (1, 3, 16, 32)


def test_autoencoder():
    name = "vqgan_f4_small"
    tensors, meta = golden(name)
    config = json.loads(meta["ddconfig"])
    model = Autoencoder(config, int(meta["embed_dim"]), int(meta["n_embed"]))
    fill(model, name, meta["param_shapes"])
    size = config["resolution"]
    z = model.encode(uniform(f"{name}#x", (2, 3, size, size), 1))
    assert_close(z, tensors["z"], 1e-4)
    quantised, indices = model.quantize(tensors["z"])
    assert_close(quantised, tensors["z_quantized"], 1e-4)
    assert torch.equal(indices, tensors["indices"])
    assert_close(model.decode(tensors["z"]), tensors["decoded"], 1e-4)
    z = z.detach().requires_grad_()
    decoded = model.decode(z, quantise=False)
    assert_close(decoded, tensors["decoded_no_quant"], 1e-4)
    loss = (decoded * uniform(f"{name}#w", decoded.shape, 1)).mean()
    loss.backward()
    assert_close(loss, tensors["loss"], 1e-4)
    assert_close(z.grad, tensors["grad.z"], 1e-3)
