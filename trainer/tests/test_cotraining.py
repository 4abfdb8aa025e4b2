"""Augmentation, equations 2–8, who gets which gradient, and the fixture in tests/cotraining."""
import copy
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from trainer import augment, objectives
from trainer.cotraining import CoTraining
from trainer.diffusion import Diffusion
from trainer.stages import fixture

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "cotraining"


def test_augment_shifts_and_cuts():
    x = torch.arange(1, 2 * 16 * 16 + 1, dtype=torch.float32).view(2, 1, 16, 16)
    draws = torch.tensor([[2, -1], [0, 0]]), torch.tensor([[10, 12], [-2, -2]])
    y = augment.augment(x, draws)
    expected = torch.zeros(1, 16, 16)
    expected[:, 2:, :15] = x[0, :, :14, 1:]
    expected[:, 10:13, 12:15] = 0
    assert torch.equal(y[0], expected)
    assert (y[1, :, 0, 0] == 0).all() and torch.equal(y[1, :, 1:], x[1, :, 1:])
    drawn = augment.draw(np.random.default_rng(0), 1000, 16)
    assert drawn[0].abs().max() == 2 and drawn[1].min() == -1 and drawn[1].max() == 14


def test_objectives_by_hand():
    real, fake = [torch.tensor([2.0, -1.0]), torch.tensor([0.5])], [torch.tensor([-2.0, 0.0]), torch.tensor([3.0])]
    assert objectives.hinge(real, fake).item() == pytest.approx(((0 + 2) / 2 + (0 + 1) / 2 + 0.5 + 4) / 2)
    assert objectives.generator(fake).item() == pytest.approx(1 - (-1 + 3) / 2)
    sigmoid = lambda v: 1 / (1 + math.exp(-v))
    one = [torch.tensor([0.7])], [torch.tensor([-0.4])]
    assert objectives.cross_entropy(*one).item() == pytest.approx(-math.log(sigmoid(0.7)) - math.log(1 - sigmoid(-0.4)))
    assert objectives.literal(*one).item() == pytest.approx(math.log(1 - sigmoid(0.7)) + math.log(sigmoid(-0.4)))
    assert objectives.snr(Diffusion()) == pytest.approx(1.0101e-4, rel=1e-4)


def gradients(switches, phase):
    """{network: whether it got a gradient} in one phase, and the batch's networks."""
    name, kind = "cotraining_default", "diffusion"
    networks, batch = fixture.networks_of(name, kind, switches), fixture.batch_of(name)
    decode = fixture.fill(fixture.Autoencoder(fixture.AUTOENCODER["ddconfig"], 3), f"{name}.autoencoder").requires_grad_(False).decode
    reached = {}

    def descend(network, loss, keep_graph=False):
        if network == phase:
            parameters = {key: list(n.parameters()) for key, n in networks.items()}
            flat = torch.autograd.grad(loss, sum(parameters.values(), []), retain_graph=True, allow_unused=True)
            for key, values in parameters.items():
                own, flat = flat[:len(values)], flat[len(values):]
                reached[key] = [None if g is None else g.norm().item() for g in own]
        return 0.0

    CoTraining(networks, Diffusion(), decode, switches, descend).iterate(batch)
    return {key: sum(v or 0 for v in values) for key, values in reached.items()}


def test_the_lr_adversary_reaches_the_student_through_g():
    only_lr = {"denoise_weight": 0.0, "distill_weight": 0.0, "lambda_hr": 0.0, "lambda_lr": 1.0}
    assert gradients(only_lr, "student")["student"] > 0


def test_discriminators_learn_from_detached_fakes():
    for side in ("hr", "lr"):
        reached = gradients({}, f"discriminator_{side}")
        assert reached[f"discriminator_{side}"] > 0 and reached["student"] == 0 and reached["downsampler"] == 0


@pytest.mark.parametrize("phase", ["student", "downsampler", "discriminator_hr", "discriminator_lr"])
def test_an_update_changes_one_network(phase):
    name = "cotraining_default"
    networks = fixture.networks_of(name, "diffusion", {})
    training = fixture.Training({"name": name, "seed": 0, "runs": "unused", "options": fixture.OPTIMISER}, networks)
    decode = fixture.fill(fixture.Autoencoder(fixture.AUTOENCODER["ddconfig"], 3), f"{name}.autoencoder").requires_grad_(False).decode
    before = {key: copy.deepcopy(dict(network.named_parameters())) for key, network in networks.items()}
    descend = lambda network, loss, keep_graph=False: training.descend(network, loss, keep_graph) if network == phase else 0.0
    CoTraining(networks, Diffusion(), decode, {}, descend).iterate(fixture.batch_of(name))
    changed = {key for key, network in networks.items() if any(not torch.equal(v, before[key][k]) for k, v in network.named_parameters())}
    assert changed == {phase}


def test_unknown_switches_are_refused():
    with pytest.raises(SystemExit, match="lambda_xr"):
        CoTraining({}, Diffusion(), None, {"lambda_xr": 1}, None)


@pytest.mark.parametrize("name", list(fixture.CASES))
def test_fixture_repeats(name):
    tensors, metadata = fixture.compute(name, *fixture.CASES[name])
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        stored = {key: json.loads(value) for key, value in file.metadata().items()}
        for key in file.keys():
            expected = file.get_tensor(key).float()
            assert (tensors[key].float() - expected).norm() <= 5e-2 * expected.norm() + 1e-12, key
    for key, tolerance in (("losses", 1e-4), ("scores", 1e-4), ("grad_norms", 1e-3)):
        assert json.loads(metadata[key]) == pytest.approx(stored[key], rel=tolerance, abs=1e-5), key
