"""Kernels, filter, resizes, JPEG and metrics against BasicSR (`degradation_and_metrics`)."""
import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from trainer import fidelity, kernels
from trainer.degradation import REALESRGAN_TEST, degrade, filtered, noisy
from trainer.jpeg import jpeg
from trainer.tests.golden import assert_close, golden


@pytest.fixture(scope="module")
def case():
    return golden("degradation_and_metrics")


def test_kernels(case):
    tensors, meta = case
    table = json.loads(meta["kernels"])
    for kind in kernels.KINDS:
        options = table[kind]
        kernel = kernels.gaussian_family(table["size"], kind, *options["sigma"], options["theta"], options.get("beta", 1.0))
        assert_close(torch.from_numpy(kernel), tensors[f"kernel.{kind}"], 1e-6)
    reference = tensors["kernel.sinc"]
    size = int((reference.abs().sum(0) > 0).sum())
    kernel = kernels.padded(kernels.sinc(size, table["sinc"]["cutoff"]), table["sinc"]["pad_to"])
    assert_close(torch.from_numpy(kernel), reference, 1e-6)


def test_filter_and_resizes(case):
    tensors, _ = case
    image = tensors["image"]
    assert_close(filtered(image, tensors["kernel.aniso"][None]), tensors["filter2d.aniso"], 1e-5)
    for mode in ("area", "bilinear", "bicubic"):
        for factor in (0.37, 1.3):
            assert_close(F.interpolate(image, scale_factor=factor, mode=mode), tensors[f"resize.{mode}.x{factor}"], 1e-5)
        assert_close(F.interpolate(image, size=(16, 12), mode=mode), tensors[f"resize.{mode}.to_16x12"], 1e-5)


def test_jpeg(case):
    tensors, meta = case
    for quality in json.loads(meta["jpeg_quality"]):
        output = jpeg(tensors["image"], torch.tensor([float(quality)]))
        assert_close(output, tensors[f"jpeg.q{quality}"], 1e-4)


def test_metrics(case):
    tensors, _ = case
    a, b = tensors["metric.a_u8"].numpy(), tensors["metric.b_u8"].numpy()
    ya, yb = fidelity.luma(a), fidelity.luma(b)
    assert abs(fidelity.psnr(a, b) - tensors["metric.psnr_rgb"].item()) < 1e-4
    assert abs(fidelity.psnr(ya, yb) - tensors["metric.psnr_y"].item()) < 1e-4
    assert abs(fidelity.psnr(ya[4:-4, 4:-4], yb[4:-4, 4:-4]) - tensors["metric.psnr_y_crop4"].item()) < 1e-4
    assert abs(fidelity.ssim(ya, yb) - tensors["metric.ssim_y"].item()) < 1e-5
    rgb = np.mean([fidelity.ssim(a[..., c], b[..., c]) for c in range(3)])
    assert abs(rgb - tensors["metric.ssim_rgb_mean"].item()) < 1e-5


def extent(kernel):
    return int((kernel != 0).any(0).sum())


def test_kernel_sizes_of_the_test_settings():
    rng, (stage,), final = np.random.default_rng(0), REALESRGAN_TEST["stages"], REALESRGAN_TEST["final"]
    assert {extent(kernels.random_blur(rng, {**stage, "sigma": (2, 2)})) for _ in range(200)} == {3, 5, 7, 9, 11}
    sinc = [kernels.final_sinc(rng, final["largest"], 1.0) for _ in range(200)]
    assert {extent(kernel) for kernel in sinc} == {3, 5}


def test_grey_gaussian_noise_is_one_map_for_the_batch():
    x, stage = torch.full((64, 3, 8, 8), 0.5), {"gaussian": (10, 10), "poisson": (1, 1)}
    noise = next(added for added in (noisy(x, np.random.default_rng(seed), torch.Generator().manual_seed(0), stage) - x
                                     for seed in range(99)) if added.std() < 12 / 255)
    grey = noise[(noise[:, 0] == noise[:, 1]).flatten(1).all(1)]
    assert 0 < len(grey) < 64 and torch.equal(grey, grey[:1].expand_as(grey))


@pytest.mark.parametrize("kind", ["realesrgan", "realesrgan-test", "bicubic"])
def test_degrade_is_a_function_of_the_seed(kind):
    x = torch.rand(2, 3, 96, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    for seed in range(4):
        low = degrade(x, kind, seed)
        assert low.shape == (2, 3, 24, 16) and torch.isfinite(low).all() and low.abs().max() <= 1
        assert torch.equal(low, degrade(x, kind, seed))
