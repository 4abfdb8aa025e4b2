"""Perceptual metrics against the published ones (`perceptual.json`), the perceptual loss, the lattice, and the scores of evaluation."""
import numpy as np
import pytest
import torch

from trainer import dists, lpips, metrics
from trainer.data import to_tensor
from trainer.features import features_path
from trainer.fidelity import luma, psnr, ssim
from trainer.lattice import lattice
from trainer.niqe import niqe
from trainer.tests.golden import perceptual_cases

CASES = perceptual_cases()
NAMES = [name for name, *_ in CASES]
each_case = pytest.mark.parametrize("picture, reference, scores", [case[1:] for case in CASES], ids=NAMES)


def needs(*names):
    missing = [name for name in names if features_path(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"no weights {', '.join(missing)}: python -m trainer features makes them")


def pair(picture, reference):
    return to_tensor(picture[None]), to_tensor(reference[None])


def close(value, expected, tolerance):
    return abs(value - expected) <= tolerance * abs(expected)


@each_case
def test_fidelity(picture, reference, scores):
    a, b = luma(picture), luma(reference)
    assert close(psnr(a, b), scores["psnrY"], 1e-4) and close(ssim(a, b), scores["ssimY"], 1e-4)


@each_case
def test_lpips_with_the_weights_that_ship(picture, reference, scores, monkeypatch, tmp_path):
    monkeypatch.setenv("COSR_FEATURES", str(tmp_path))
    assert close(lpips.Lpips("alex")(*pair(picture, reference)).item(), scores["lpipsAlex"], 5e-3)


@needs("lpips-vgg")      # made together with AlexNet's in fp32
@each_case
@pytest.mark.parametrize("network", ["alex", "vgg"])
def test_lpips_in_fp32(network, picture, reference, scores):
    assert close(lpips.Lpips(network)(*pair(picture, reference)).item(), scores[f"lpips{network.capitalize()}"], 1e-3)


@needs("lpips-vgg", "dists")
@each_case
def test_dists(picture, reference, scores):
    assert close(dists.Dists()(*((x + 1) / 2 for x in pair(picture, reference))).item(), scores["dists"], 1e-3)


@each_case
def test_niqe(picture, reference, scores):
    assert close(niqe(picture), scores["niqe"], 1e-2)


def test_niqe_of_a_flat_area_takes_no_rounding_errors_for_coefficients():
    """Most of the sign is white; errors of a sign there once moved its NIQE by more than the tolerance."""
    _, picture, _, scores = CASES[NAMES.index("crop_text_sign-e1.png")]
    assert close(niqe(picture), scores["niqe"], 1e-3)


@pytest.mark.parametrize("picture", [np.zeros((256, 256, 3), np.uint8), np.random.default_rng(0).integers(0, 256, (96, 150, 3), np.uint8)],
                         ids=["flat", "small"])
def test_niqe_is_nan_without_patches_to_judge(picture):
    assert np.isnan(niqe(picture))


def test_the_perceptual_loss_has_finite_gradients_for_the_picture_alone():
    network = lpips.Lpips("alex")
    flat = torch.zeros(2, 3, 64, 64, requires_grad=True)
    reference = torch.rand(2, 3, 64, 64, requires_grad=True)
    network(flat, reference).sum().backward()
    assert flat.grad.isfinite().all() and flat.grad.abs().max() > 0 and reference.grad is None
    assert network(reference, reference).abs().max() == 0


def test_the_perceptual_loss_in_bfloat16_is_that_of_fp32_to_its_precision():
    torch.manual_seed(0)
    network, reference = lpips.Lpips("alex"), torch.rand(2, 3, 96, 96) * 2 - 1
    picture = (reference + 0.2 * torch.randn_like(reference)).requires_grad_()
    exact = network(picture, reference)
    exact.sum().backward()
    gradient, picture.grad = picture.grad, None
    with torch.autocast("cpu", torch.bfloat16):
        rounded = network(picture, reference)
    rounded.sum().backward()
    assert rounded.dtype == torch.float32 and torch.allclose(rounded, exact, rtol=0.02)
    assert torch.cosine_similarity(gradient.flatten(), picture.grad.flatten(), 0) > 0.98


def test_the_lattice_is_found_at_its_period_in_both_directions():
    noise = np.random.default_rng(1).normal(128, 20, (2, 96, 128, 1)).repeat(3, 3)
    before = lattice(noise.clip(0, 255).astype(np.uint8))
    for period, column in ((4, 0), (2, 1)):
        rows, columns = (np.arange(size) % period == 0 for size in (96, 128))
        marked = noise + 40 * (rows[:, None, None] * columns[None, :, None])
        excess = lattice(marked.clip(0, 255).astype(np.uint8)) - before
        assert (excess[:, column] > 3).all()
    pictures = marked.clip(0, 255).astype(np.uint8)
    assert np.allclose(lattice(pictures), lattice(pictures.swapaxes(1, 2)))


def test_a_flat_picture_has_no_lattice_and_a_small_one_is_refused():
    assert (lattice(np.full((1, 64, 64, 3), 90, np.uint8)) == 0).all()
    with pytest.raises(ValueError, match="44 pixels"):
        lattice(np.zeros((1, 64, 40, 3), np.uint8))


def test_scores_are_means_over_the_pairs():
    _, pictures, references, scores = zip(*CASES)
    table = metrics.compare(pictures, references, dists=False)
    assert set(table) == {"psnr_rgb", "psnr_y", "ssim_y", "lpips_alex", "niqe", "lattice_4", "lattice_2"}
    for ours, theirs, tolerance in (("psnr_y", "psnrY", 1e-4), ("ssim_y", "ssimY", 1e-4), ("lpips_alex", "lpipsAlex", 5e-3), ("niqe", "niqe", 1e-2)):
        assert close(table[ours], np.mean([item[theirs] for item in scores]), tolerance)
    same = metrics.compare(references, references, dists=False)
    assert same["lattice_4"] == same["lattice_2"] == same["lpips_alex"] == 0


def test_without_its_weights_dists_is_left_out_with_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COSR_FEATURES", str(tmp_path))
    metrics.dists_network.cache_clear()
    assert "dists" not in metrics.compare([CASES[0][1]], [CASES[0][2]])
    assert "python -m trainer features" in capsys.readouterr().err
    metrics.dists_network.cache_clear()
