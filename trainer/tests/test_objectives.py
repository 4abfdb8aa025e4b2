"""Augmentation, and equations 2–8 by hand."""
import math

import numpy as np
import pytest
import torch

from trainer import augment, objectives
from trainer.diffusion import Diffusion


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
    assert objectives.linear(fake).item() == pytest.approx(1 - (-1 + 3) / 2)
    sigmoid = lambda v: 1 / (1 + math.exp(-v))
    assert objectives.probability(fake).item() == pytest.approx(1 - ((sigmoid(-2) + sigmoid(0)) / 2 + sigmoid(3)) / 2)
    one = [torch.tensor([0.7])], [torch.tensor([-0.4])]
    assert objectives.cross_entropy(*one).item() == pytest.approx(-math.log(sigmoid(0.7)) - math.log(1 - sigmoid(-0.4)))
    assert objectives.literal(*one).item() == pytest.approx(math.log(1 - sigmoid(0.7)) + math.log(sigmoid(-0.4)))
    assert objectives.snr(Diffusion()) == pytest.approx(1.0101e-4, rel=1e-4)

def test_weights_of_samples_count_in_the_denoising_loss():
    a, b = torch.zeros(2, 3, 4, 4), torch.stack([torch.ones(3, 4, 4), 3 * torch.ones(3, 4, 4)])
    assert objectives.mse(a, b) == 5 and objectives.mse(a, b, torch.tensor([1.0, 0.0])) == 0.5
