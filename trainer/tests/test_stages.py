"""Promises of the stages: data, order and starting points."""
import hashlib
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from trainer.config import CONFIGS, build_autoencoder, build_cotrained, finished_autoencoder, finished_decoder, latent_channels, stage_config
from trainer.context import inside, with_context
from trainer.downsampler import build_downsampler
from trainer.files import load_checkpoint, read_rows
from trainer.loop import Randomness, learning_rate
from trainer.pairs import Pairs
from trainer.stages import autoencoder, decoder, dial, export, lrset, pool, rate
from trainer.stages.targets import Targets
from trainer.stages.teacher import times
from trainer.start import linear_fit, start_linear
from trainer.tests.smallest import ENVIRONMENT, config_of, run
from trainer.validation import ValidationSet


def test_configurations_include_their_preset():
    ours, sinsr = (stage_config(CONFIGS / "compact", name) for name in ("ours", "sinsr"))
    own = ("samples", "flat_share", "flat_weight")       # a baseline sees photographs alone, as the paper's (trainer/README.md)
    kept, baseline = ({name: value for name, value in of["options"].items() if name not in own} for of in (ours, sinsr))
    assert ours["unet"] == sinsr["unet"] and kept == baseline
    assert build_cotrained(stage_config(CONFIGS / "tiny", "sinsr")) == {}
    assert set(build_cotrained(stage_config(CONFIGS / "tiny", "ours"))) == {"downsampler", "discriminator_hr", "discriminator_lr"}
    assert stage_config(CONFIGS / "tiny", "ours", ["options.samples=5"])["options"]["samples"] == 5
    with pytest.raises(SystemExit, match="--set samples: it takes KEY=VALUE"):
        stage_config(CONFIGS / "tiny", "ours", ["samples"])


def test_kinds_that_there_are_not_are_refused_in_one_sentence(data, tmp_path):
    with pytest.raises(SystemExit, match="downsampler is conv; it can be diffusion or convolutional"):
        build_cotrained(stage_config(CONFIGS / "tiny", "ours", ['downsampler="conv"']))
    for function in (build_autoencoder, latent_channels):
        with pytest.raises(SystemExit, match="autoencoder: kind is small; it can be tiny or vq"):
            function(stage_config(CONFIGS / "tiny", "ours", ['autoencoder.kind="small"']))
    with pytest.raises(SystemExit, match="there is no degradation blur; it can be realesrgan, realesrgan-test or bicubic"):
        ValidationSet(config_of("pool", data, tmp_path, 'validation.kinds=["blur"]'))
    with pytest.raises(SystemExit, match="kinds do not add up to 1: bicubic 1, realesrgan-test 0.5"):      # tables are merged
        pool.run(config_of("pool", data, tmp_path, "pool.kinds={bicubic=1.0}"))


def test_the_same_picture_in_any_number_of_processes(finished, tmp_path):
    data, _ = finished
    for workers in (1, 2):
        pool.run(config_of("pool", data, tmp_path / str(workers), f"pool.workers={workers}"))
    one, two = (pool.Pool(config_of("pool", data, tmp_path / str(workers))) for workers in (1, 2))
    assert one.done("pictures") == 10
    assert all(np.array_equal(one.array(name), two.array(name)) for name in ("hr", "lr"))


def test_latents_of_the_pool_are_normalised_and_belong_to_its_pictures(finished):
    data, runs = finished
    pairs = Pairs(pool.Pool(config_of("pool", data, runs)))
    rows, corners = np.array([3, 8]), np.array([[0, 5], [48, 48]])
    z0, zy, lr = pairs.latents(rows, corners, 16)
    assert z0.shape == zy.shape == (2, 4, 16, 16) and lr.shape == (2, 3, 16, 16)
    assert np.array_equal(((lr[1] + 1) * 127.5).round().permute(1, 2, 0).numpy(), pairs.lr[8][48:64, 48:64])
    assert pairs.pictures(rows, corners, 16).shape == (2, 3, 64, 64)
    assert np.abs(pairs.z0[:].astype(np.float32).mean(axis=(0, 2, 3))).max() < 0.5


def test_no_target_comes_again_before_all_were_used(finished):
    data, runs = finished
    targets = Targets(config_of("ours", data, runs))
    assert targets.finished and targets.done == 12
    drawn = np.concatenate([targets.of_step(step, 5) for step in range(24)])          # batches that straddle the turns
    turns = drawn.reshape(-1, 12)
    assert all(sorted(turn) == list(range(12)) for turn in turns) and not np.array_equal(turns[0], turns[1])
    batch = targets.batch(Randomness(7, "ours", 3), 4, 8, 2)
    assert batch.window[2] == 32 and batch.x.shape == (4, 3, 64, 64)
    assert torch.equal(batch.noise, targets.noise(targets.of_step(3, 4)))


def test_a_quarter_of_the_times_more_is_the_last():
    drawn = times(np.random.default_rng(0), 20_000, 15, 0.25)
    shares = torch.bincount(drawn, minlength=15) / len(drawn)
    assert shares[14] == pytest.approx(0.25 + 0.75 / 15, abs=0.02) and shares[:14] == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("kind", ["diffusion", "convolutional"])
def test_downsamplers_start_as_the_linear_fit(kind):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(4, 4, 16, 16, generator=generator)
    low = torch.nn.functional.conv2d(z, torch.randn(3, 4, 3, 3, generator=generator) * 0.2, torch.tensor([0.1, 0.2, 0.3]), padding=1)
    model = start_linear(build_downsampler(kind, stage_config(CONFIGS / "tiny", "ours")["unet"], 4), *linear_fit(z, low))
    with torch.no_grad():
        output = model(torch.randn(4, 4, 16, 16, generator=generator), torch.full((4,), 14), z)
    assert (output - low)[..., 1:-1, 1:-1].std() < 0.01 * low.std()


def test_context_is_a_reflection_that_is_cut_away():
    low = torch.rand(1, 3, 20, 24)
    padded = with_context(low)
    assert padded.shape == (1, 3, 52, 56) and torch.equal(padded[..., 15, 16:40], low[..., 1, :])
    assert torch.equal(inside(padded, scale=1), low)


def test_the_perceptual_term_of_the_autoencoder_begins_late(finished, monkeypatch):
    training = SimpleNamespace(samples=0, options={"samples": 12, "perceptual_weight": 0.5, "perceptual_from": 0.5, "perceptual_window": 16,
                                                   "perceptual_crops": 1})
    training.precision = SimpleNamespace(autocast=torch.no_grad, place=lambda network: network)
    monkeypatch.setattr(autoencoder, "Lpips", lambda name: SimpleNamespace(to=lambda place: lambda y, x: (y - x).abs().mean(dim=(1, 2, 3))))
    objective, x = autoencoder.Objective(training), torch.rand(2, 3, 48, 48)
    assert "lpips_vgg" not in objective(x * 0.5, x, Randomness(0, "a", 0))[1]
    training.samples = 6
    loss, parts = objective(x * 0.5, x, Randomness(0, "a", 0))
    assert loss.item() == pytest.approx(parts["l1"] + 2 * parts["mse"] + 0.5 * parts["lpips_vgg"], rel=1e-5)


def test_an_autoencoder_without_the_weights_of_its_perceptual_term_ends_before_it_trains(finished, tmp_path, monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "COSR_FEATURES", str(tmp_path))
    done = run("autoencoder", finished[0], tmp_path / "runs", "--set", "options.perceptual_weight=0.1")
    assert done.returncode == 1 and "The weights lpips-vgg are not here" in done.stderr and '"step"' not in done.stdout


def test_exports_are_the_averages_in_half_precision(finished, tmp_path):
    data, runs = finished
    done = run("export", data, runs, "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr[-2000:]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(item["role"], item["method"]) for item in manifest["files"]] == [("autoencoder", None), ("teacher", "resshift")]
    for item in manifest["files"]:
        path = tmp_path / "out" / item["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item["sha256"] and path.stat().st_size == item["bytes"]
        tensors = load_file(path)
        assert all(v.dtype == torch.float16 and torch.isfinite(v).all() for v in tensors.values())
        assert sum(v.numel() for v in tensors.values()) == item["parameters"] and item["training"]["samples"] == 12
    assert str(tmp_path) not in json.dumps(manifest)


def test_a_tuned_decoder_keeps_the_encoder_and_is_what_others_load_and_export(finished, tmp_path):
    data, runs = finished[0], shutil.copytree(finished[1], tmp_path / "runs")
    config = config_of("decoder", data, runs)
    before, _ = finished_autoencoder(config)
    assert finished_decoder(config) is None and decoder.run(config)
    after, stored = finished_autoencoder(config)
    tuned = finished_decoder(config)["averages"]["decoder"]
    first = load_checkpoint(runs / "decoder-6.pt")
    assert first.keys() == tuned.keys() and not torch.equal(first["conv_out.weight"], tuned["conv_out.weight"])
    assert all(torch.equal(value, tuned[name]) for name, value in after.decoder.state_dict().items())
    assert not torch.equal(after.decoder.conv_out.weight, before.decoder.conv_out.weight)
    assert all(torch.equal(value, before.encoder.state_dict()[name]) for name, value in after.encoder.state_dict().items())
    assert "round trip lattice_2" in read_rows(runs / "decoder.jsonl")[-1]
    autoencoder_file = next(item for item in export.run(config, tmp_path / "out") if item["role"] == "autoencoder")
    assert "then the decoder alone, 12 crops" in autoencoder_file["training"]["losses"]
    assert torch.equal(load_file(tmp_path / "out" / "autoencoder.safetensors")["decoder.conv_out.weight"], tuned["conv_out.weight"].half())


def test_the_decoder_is_the_average_of_its_rounds_ends(tmp_path):
    average = torch.nn.Linear(1, 1, bias=False)
    training = SimpleNamespace(folder=tmp_path, stage="decoder", options={"samples": 12, "rounds": 3}, averages={"decoder": average})
    # Steps of 3 samples, which end no round of 4 to the sample.
    for samples, value in ((0, 9.0), (3, 1.0), (6, 2.0), (9, 6.0)):
        torch.nn.init.constant_(average.weight, value)
        training.samples = samples
        decoder.keep_ends(training, 3)
    assert average.weight.item() == 3.0


def test_a_decoder_of_other_rounds_is_refused_at_once(tmp_path):
    training = SimpleNamespace(folder=tmp_path, stage="decoder", path=tmp_path / "decoder.pt", samples=12, options={"samples": 24, "rounds": 2})
    with pytest.raises(SystemExit, match="decoder.pt was trained in other rounds: .* or remove it to train decoder anew"):
        decoder.check_ends(training)
    (tmp_path / "decoder-12.pt").touch()
    decoder.check_ends(training)


def test_the_learning_rate_falls_in_rounds():
    options = {"samples": 80, "rounds": 2, "batch": 1, "lr": 1.0}
    rates = [learning_rate(options, samples) for samples in (0, 39, 40, 79)]
    assert rates[0] == 1 and rates[1] < 0.01 and rates[2] == pytest.approx(0.5) and rates[3] < 0.01


def test_the_decoders_lattice_term_falls_with_the_lattice():
    x = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(1)) - 0.5
    pattern = torch.zeros_like(x)
    pattern[..., ::2, ::2] = 0.5
    marked = (x + pattern).requires_grad_(True)
    loss, parts = decoder.objective(x, x, marked, marked.detach(), (1.0, 1.0))
    gradient, = torch.autograd.grad(loss, marked)
    assert parts["lattice"] > 1 and parts["kept"] == 0 and (gradient * pattern).sum() > 0
    assert decoder.objective(x, x, x, x, (1.0, 1.0))[1] == {"truth": 0.0, "kept": 0.0, "lattice": 0.0}
    assert decoder.objective(x + 0.1, x, x, x, (1.0, 0.0))[0].item() == pytest.approx(0.01, rel=1e-4)


def test_the_dial_blends_as_the_page_and_advises_the_least_lpips_above_bicubic():
    faithful, detailed = np.array([[[[0, 10, 255]]]], np.uint8), np.array([[[[255, 11, 0]]]], np.uint8)
    assert np.array_equal(dial.blend(faithful, detailed, 0), faithful) and np.array_equal(dial.blend(faithful, detailed, 100), detailed)
    assert dial.blend(faithful, detailed, 40).tolist() == [[[[102, 10, 153]]]]
    curve = [{"detail": detail, "psnr_y": 25 - detail / 100, "lpips_alex": 0.5 - detail / 1000} for detail in (0, 50, 100)]
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    low = truth.reshape(2, 16, 4, 16, 4, 3).mean(axis=(2, 4)).round().astype(np.uint8)
    wrong = truth.copy()
    wrong[:, :32] = rng.integers(0, 256, (2, 32, 64, 3), dtype=np.uint8)      # the upper half is invented, and wrong
    found = dial.invention(truth, wrong, low, truth)
    assert found["to_faithful"] > 0.99 and found["both"] > 0.8 and dial.correlation([1, 2, 2, 5], [9, 3, 3, 1]) == -1
    assert dial.advised(curve, 24.4) == 50 and dial.advised(curve, 23) == 100 and dial.advised(curve, 26) == 0


def test_agreed_pictures_match_their_lr_and_those_that_do_already_stay():
    rng = np.random.default_rng(2)
    low, picture = rng.integers(60, 190, (12, 9, 3), dtype=np.uint8), np.full((48, 36, 3), 128, np.uint8)
    agreed, before, after = dial.agree(picture, low)
    assert before < 30 and after >= dial.AGREED and agreed.shape == picture.shape
    again, before, after = dial.agree(agreed, low)
    assert again is agreed and before == after >= dial.AGREED


def test_lr_pictures_of_the_test_set_are_written(finished, tmp_path):
    data, runs = finished
    lrset.main(config_of("lrset", data, runs), SimpleNamespace(out=str(tmp_path / "lr"), degrade="realesrgan-test", seed=5))
    assert Image.open(tmp_path / "lr" / "crop_a.png").size == (64, 64)


def test_the_rate_of_a_network_forward_and_back(data, tmp_path):
    found = rate.run(config_of("rate", data, tmp_path))
    assert set(found) == {"contiguous", "channels last"}
    for times in found.values():
        assert all(0 < fastest <= median for fastest, median in times.values())
