"""Checkpoints continue exactly, networks start as documented, exports load back."""
import hashlib
import json
from argparse import Namespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from trainer.config import build_autoencoder, build_unet
from trainer.loop import Randomness, Training, learning_rate, save_whole
from trainer.pairs import Pairs
from trainer.readout import LastConvolution
from trainer.stages import autoencoder as autoencoder_stage
from trainer.stages import evaluate, export, lrset, pool, student, teacher
from trainer.start import start_unet

OPTIONS = {"steps": 6, "batch": 2, "crop_sizes": [16], "crop_shares": [1.0], "lr": 1e-3, "log_every": 100, "evaluate_every": 100}


@pytest.fixture
def config(tmp_path):
    """A complete configuration of the smallest size, with two random pictures as data."""
    rng = np.random.default_rng(0)
    for folder, name in (("data", "a.png"), ("data", "b.png"), ("eval", "crop_a.png")):
        (tmp_path / folder).mkdir(exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (17, 17, 3), dtype=np.uint8))
        coarse.resize((256, 256), Image.BICUBIC).save(tmp_path / folder / name)
    return {
        "seed": 7, "runs": str(tmp_path / "runs"), "data": [str(tmp_path / "data")], "eval": str(tmp_path / "eval"),
        "autoencoder": {"embed_dim": 4, "ddconfig": {"z_channels": 4, "in_channels": 3, "out_ch": 3, "ch": 96, "ch_mult": [1, 1, 1],
                                                     "num_res_blocks": 0}},
        "unet": {"image_size": 16, "lq_size": 16, "in_channels": 4, "out_channels": 4, "model_channels": 32, "channel_mult": [3, 1],
                 "num_res_blocks": [1, 1], "attention_resolutions": [16], "num_head_channels": 16, "swin_embed_dim": 32,
                 "window_size": 8, "mlp_ratio": 1},
        "diffusion": {"steps": 15, "kappa": 2.0, "power": 0.3, "etas_end": 0.99, "min_noise_level": 0.04},
        "stage": {"autoencoder": {**OPTIONS, "crop_sizes": [32], "blurred_share": 0.3, "flat_share": 0.1, "latent_noise": 0.05},
                  "pool": {"crops": 4, "per_crop": 2, "kinds": {"bicubic": 0.5, "realesrgan-test": 0.5}},
                  "teacher": OPTIONS, "student": {**OPTIONS, "targets": 4, "distill_weight": 1.0, "inverse_weight": 1.0, "gt_weight": 1.0,
                                                   "direct_weight": 1.0, "distill_every": 2, "readout_rows": 2, "readout_ridge": 1e-2,
                                                   "distill_share": 0.5, "direct_channels": [1.0] * 4}},
        "export": {"preset": "nano", "folder": str(tmp_path / "out"), "device": "CPU", "date": "2026-11-23", "data": "noise"}}


def arguments(**changes):
    return Namespace(**{"resume": False, "time_budget": None, "out": None, "degrade": "realesrgan-test", "seed": 0, **changes})


def state_after(config, stops):
    """Weights and averages after running the teacher's loss in pieces, each of which starts from the checkpoint."""
    noise = torch.randn(4, 4, 16, 16, generator=torch.Generator().manual_seed(0))

    def losses_of(model, random):
        x = noise + 0.1 * random.normal(*noise.shape)
        t = torch.from_numpy(random.numpy.integers(15, size=4))
        return (model(x, t, noise[:, :3]) - noise).square().mean(), {}, 4

    for index, stop in enumerate(stops):
        torch.manual_seed(3 + index)
        config["stage"]["teacher"] = {**OPTIONS, "steps": 6}
        training = Training(config, "teacher", build_unet(config))
        if index:
            training.resume()
        while training.step < stop:
            loss, _, count = losses_of(training.model, Randomness(7, "teacher", training.step))
            training.update(loss)
            training.step, training.samples = training.step + 1, training.samples + count
        training.save()
    return {**training.model.state_dict(), **{f"ema.{k}": v for k, v in training.ema.state_dict().items()}}


def test_resumed_run_equals_the_uninterrupted_one(config):
    whole, pieces = state_after(config, [6]), state_after(config, [2, 3, 6])
    assert all(torch.equal(value, pieces[name]) for name, value in whole.items())


def test_learning_rate_warms_up_and_falls():
    options = {"lr": 1.0, "lr_end": 0.1, "warmup": 10, "steps": 100}
    rates = [learning_rate(options, step) for step in range(101)]
    assert rates[0] < rates[5] < rates[9] and rates[100] == pytest.approx(0.1) and max(rates) <= 1


def test_failed_save_keeps_the_old_checkpoint(tmp_path):
    save_whole({"step": 1}, tmp_path / "a.pt")
    with pytest.raises(Exception):
        save_whole({"step": lambda: None}, tmp_path / "a.pt")
    assert torch.load(tmp_path / "a.pt")["step"] == 1


def test_autoencoder_starts_flat_exact_and_normalises_without_changing_pictures(config):
    model = build_autoencoder(config)
    flat = torch.tensor([0.3, -0.2, 0.5]).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    with torch.no_grad():
        before = model.decode(model.encode(flat))
        assert (before - flat)[:, :, 16:-16, 16:-16].abs().max() < 0.15
        crops = autoencoder_stage.Crops(config["data"])
        autoencoder_stage.normalise_latents(model, crops, Randomness(1, "latents", 0), count=2)
        assert torch.allclose(model.decode(model.encode(flat)), before, atol=1e-4)
        z = model.encode(crops.sample(Randomness(1, "latents", 0).numpy, 2, 256))
    assert z.mean(dim=(0, 2, 3)).abs().max() < 1e-3 and (z.std(dim=(0, 2, 3)) - 1).abs().max() < 1e-3


def test_unet_starts_as_the_linear_fit(config):
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(4, 3, 3, 3, generator=generator) * 0.2, torch.randn(4, generator=generator) * 0.3
    model = start_unet(build_unet(config), weight, bias)
    lq = torch.rand(1, 3, 16, 16, generator=generator) * 2 - 1
    expected = torch.nn.functional.conv2d(lq, weight, bias, padding=1)
    with torch.no_grad():
        output = model(torch.randn(1, 4, 16, 16, generator=generator), torch.tensor([14]), lq)
    assert (output - expected).std() < 0.1 * expected.std()


def test_last_convolution_finds_the_exact_answer():
    generator = torch.Generator().manual_seed(0)
    truth, guess = torch.nn.Conv2d(4, 2, 3, padding=1), torch.nn.Conv2d(4, 2, 3, padding=1)
    fit = LastConvolution(guess)
    with torch.no_grad():
        for rows in (None, torch.tensor([3, 0, 7])):
            x = torch.randn(1, 4, 16, 16, generator=generator)
            guess(x)
            fit.add(truth(x), 0.5, rows)
        fit.solve(1e-9)
    assert torch.allclose(guess.weight, truth.weight, atol=1e-4) and torch.allclose(guess.bias, truth.bias, atol=1e-4)


def test_all_stages_and_export(config, tmp_path):
    autoencoder_stage.main(config, arguments())
    pool.main(config, arguments())
    assert Pairs(pool.Pool(config)).rows == 8
    teacher.main(config, arguments())
    student.main(config, arguments())
    student.main(config, arguments(resume=True))
    evaluate.main(config, arguments())
    export.main(config, arguments())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [item["role"] for item in manifest["files"]] == ["autoencoder", "teacher", "student"]
    for item in manifest["files"]:
        path = tmp_path / "out" / item["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item["sha256"] and path.stat().st_size == item["bytes"]
        model = build_autoencoder(config) if item["role"] == "autoencoder" else build_unet(config)
        tensors = load_file(path)
        assert {k: v.shape for k, v in tensors.items()} == {k: v.shape for k, v in model.named_parameters()}
        assert all(v.dtype == torch.float16 and torch.isfinite(v).all() for v in tensors.values())
        assert sum(v.numel() for v in tensors.values()) == item["parameters"] and item["training"]["steps"] == 6
        assert item["metrics"]["bicubic"]["ours"]["psnr_y"] > 0
    assert str(tmp_path) not in json.dumps(manifest)
    lrset.main(config, arguments(out=str(tmp_path / "lr")))
    assert Image.open(tmp_path / "lr" / "crop_a.png").size == (64, 64)
