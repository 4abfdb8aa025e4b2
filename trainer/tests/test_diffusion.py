"""Schedule, samplers and losses against ResShift and SinSR (`sampling_and_losses`)."""
import json

import pytest
import torch

from trainer.diffusion import Diffusion
from trainer.hashed import fill, uniform
from trainer.tests.golden import assert_close, golden
from trainer.unet import UNetModelSwin

NAME = "sampling_and_losses"
SHAPE = (2, 3, 16, 16)


@pytest.fixture(scope="module")
def case():
    tensors, meta = golden(NAME)
    config = json.loads(meta["unet"])
    teacher, student = (fill(UNetModelSwin(**config), f"{NAME}.{role}") for role in ("teacher", "student"))
    y, x0, lr = (uniform(f"{NAME}#{key}", SHAPE, 1) for key in ("zy", "x0", "lq"))
    noise = uniform(f"{NAME}#noise", SHAPE, 1.7)
    return tensors, meta, Diffusion(**json.loads(meta["diffusion"])), teacher, student, y, x0, lr, noise


def test_tables(case):
    tensors, _, d = case[:3]
    for key, table in {"sqrt_etas": d.sqrt_eta, "posterior_mean_coef1": d.posterior_x, "posterior_mean_coef2": d.posterior_x0,
                       "posterior_variance": d.posterior_variance, "ddim_k": d.k, "ddim_m": d.m, "ddim_j": d.j}.items():
        assert_close(table, tensors[key], 1e-6)
    assert torch.allclose(d.k + d.m + d.j, torch.ones(15, dtype=torch.float64))


def test_forward_process(case):
    tensors, _, d, _, _, y, x0, _, noise = case
    for t in (0, 7, 14):
        assert_close(d.q_sample(x0, y, torch.tensor([t, t]), noise), tensors[f"q_sample.t{t}"], 1e-5)
    assert_close(d.prior(y, noise), tensors["prior_sample"], 1e-5)
    assert_close(d.scale(x0, torch.tensor([14, 14])), tensors["scale_input.t14"], 1e-5)


@torch.no_grad()
def test_samplers(case):
    tensors, _, d, teacher, student, y, _, lr, noise = case
    x = start = d.prior(y, noise)
    for index in reversed(range(15)):
        x0_hat = d.predict(teacher, x, index, lr)
        x = d.ancestral_step(x, x0_hat, index, uniform(f"{NAME}#step{index}", SHAPE, 1.7))
        if f"resshift.x_after_t{index}" in tensors:
            assert_close(x, tensors[f"resshift.x_after_t{index}"], 1e-4)
            assert_close(x0_hat, tensors[f"resshift.x0hat_t{index}"], 1e-4)
    assert_close(x, tensors["resshift.sample"], 1e-4)
    assert_close(d.deterministic_sample(teacher, start, y, lr), tensors["deterministic.sample"], 1e-4)
    assert_close(d.one_step(student, y, lr, noise), tensors["one_step.sample"], 1e-4)


def test_losses(case):
    tensors, meta, d, teacher, student, y, x0, lr, noise = case
    with torch.no_grad():
        target = d.deterministic_sample(teacher, d.prior(y, noise), y, lr)
        errors = d.denoising_loss(teacher, x0, y, lr, torch.tensor([5, 11]), noise)
    assert_close(errors, tensors["resshift.loss.mse_t5_t11"], 1e-4)
    terms = {"distill": d.distill_loss(student, y, lr, noise, target),
             **d.inverse_losses(student, x0, y, lr, noise, target)}
    for key, name in {"distill": "mse", "inverse": "mse_xT", "gt": "mse_gt"}.items():
        assert_close(terms[key], tensors[f"sinsr.loss.{name}"], 1e-4)
    loss = sum(terms.values()).mean()
    loss.backward()
    assert_close(loss, tensors["sinsr.total"], 1e-4)
    gradients = {name: value.grad for name, value in student.named_parameters()}
    for key in tensors:
        if key.startswith("sinsr.grad."):
            assert_close(gradients[key[len("sinsr.grad."):]], tensors[key], 1e-3)
    norms = json.loads(meta["student_grad_l2_norms"])
    for key, value in norms.items():
        assert abs(gradients[key].norm().item() - value) < 1e-3 * value + 1e-6 * max(norms.values()), key
