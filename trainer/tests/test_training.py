"""Checkpoints continue exactly, networks start as documented, exports load back."""
import hashlib
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from trainer.config import CONFIGS, build_autoencoder, build_cotrained, build_unet, load_config
from trainer.data import Crops
from trainer.downsampler import build_downsampler
from trainer.loop import Randomness, Training, learning_rate, load_checkpoint, save_whole
from trainer.pairs import Pairs
from trainer.stages import autoencoder as autoencoder_stage
from trainer.stages import ablation, cotrain, evaluate, export, lrset, pool, restore, targets, teacher
from trainer.start import linear_fit, start_conv_downsampler, start_unet
from trainer.tests.smallest import AUTOENCODER_OPTIONS, SINSR, arguments, needs_fast_torch, stage


def state_after(config, stops):
    """Weights and averages after running a small loss in pieces, each of which starts from the checkpoint."""
    noise = torch.randn(4, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    for index, stop in enumerate(stops):
        torch.manual_seed(3 + index)
        training = Training(stage(config, "teacher"), {"teacher": build_unet(config)})
        if index:
            training.resume()
        while training.step < stop:
            random = Randomness(7, "teacher", training.step)
            x = noise + 0.1 * random.normal(*noise.shape)
            t = torch.from_numpy(random.numpy.integers(15, size=4))
            training.descend("teacher", (training.networks["teacher"](x, t, noise[:, :3]) - noise).square().mean())
            training.step += 1
        training.save()
    return {f"{part}.{k}": v for part in ("networks", "averages") for k, v in getattr(training, part)["teacher"].state_dict().items()}


def test_resumed_run_equals_the_uninterrupted_one(config):
    whole, pieces = state_after(config, [6]), state_after(config, [2, 3, 6])
    assert all(torch.equal(value, pieces[name]) for name, value in whole.items())


def test_learning_rate_warms_up_and_falls():
    options = {"lr": 1.0, "lr_end": 0.1, "warmup": 10, "steps": 100}
    rates = [learning_rate(options, step) for step in range(101)]
    assert rates[0] < rates[5] < rates[9] and rates[100] == pytest.approx(0.1) and max(rates) <= 1


def test_failed_save_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    save_whole({"step": 1}, tmp_path / "a.pt")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SystemExit, match="No space left on device.*the checkpoint before it is kept.*--resume"):
        save_whole({"step": 2}, tmp_path / "a.pt")
    monkeypatch.undo()
    assert load_checkpoint(tmp_path / "a.pt")["step"] == 1 and [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_unreadable_and_small_pictures_are_skipped_with_a_count(config, capsys):
    folder = Path(config["data"][0])
    whole = (folder / "a.png").read_bytes()
    (folder / "broken.png").write_bytes(whole[:len(whole) // 2])
    (folder / "text.jpg").write_text("no picture")
    Image.new("RGB", (255, 300)).save(folder / "small.png")
    crops = Crops(config["data"])
    assert (len(crops.images), crops.unreadable, crops.small) == (2, 2, 1)
    assert "2 unreadable, 1 smaller than 256 pixels" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="no such folder"):
        Crops([folder / "nowhere"])


def test_configurations_include_their_preset():
    ours, sinsr = (load_config(CONFIGS / "nano" / f"{name}.toml") for name in ("ours", "sinsr"))
    assert ours["options"] == sinsr["options"] and ours["unet"] == sinsr["unet"] and sinsr["cotrain"]["lambda_hr"] == 0
    assert set(build_cotrained(ours)) == {"downsampler", "discriminator_hr", "discriminator_lr"} and build_cotrained(sinsr) == {}


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


def test_downsamplers_start_as_the_linear_fit(config):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(4, 4, 16, 16, generator=generator)
    low = torch.nn.functional.conv2d(z, torch.randn(3, 4, 3, 3, generator=generator) * 0.2, torch.tensor([0.1, 0.2, 0.3]), padding=1)
    weight, bias = linear_fit(z, low)
    noise, t = torch.randn(4, 4, 16, 16, generator=generator), torch.full((4,), 14)
    with torch.no_grad():
        conv = start_conv_downsampler(build_downsampler("convolutional", config["unet"], 4), weight, bias)
        assert (conv(noise, t, z) - low).std() < 0.01 * low.std()
        diffusion = start_unet(build_downsampler("diffusion", config["unet"], 4), weight, bias)
        assert (diffusion(noise, t, z) - low).std() < 0.15 * low.std()


@needs_fast_torch
def test_all_stages_and_export(config, tmp_path):
    autoencoder_stage.main(stage(config, "autoencoder", AUTOENCODER_OPTIONS), arguments())
    pool.main(config, arguments())
    assert Pairs(pool.Pool(config)).rows == 8
    teacher.main(stage(config, "teacher"), arguments())
    targets.main(config, arguments())
    students = {"sinsr": {"cotrain": SINSR}, "ours": {"downsampler": "diffusion"}, "ours-conv": {"downsampler": "convolutional"}}
    for name, tables in students.items():
        cotrain.main(stage(config, name, {"window": 8}, **tables), arguments())
        cotrain.main(stage(config, name, {"window": 8, "steps": 7}, **tables), arguments(resume=True))
    evaluate.main(config, arguments())
    export.main(config, arguments())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(item["role"], item["method"]) for item in manifest["files"]] == [
        ("autoencoder", None), ("teacher", "resshift"), ("student", "sinsr"), ("student", "ours"), ("student", "ours-conv"),
        *((role, method) for method in ("ours", "ours-conv") for role in ("downsampler", "discriminator-hr", "discriminator-lr"))]
    for item in manifest["files"]:
        path = tmp_path / "out" / item["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item["sha256"] and path.stat().st_size == item["bytes"]
        tensors = load_file(path)
        assert all(v.dtype == torch.float16 and torch.isfinite(v).all() for v in tensors.values())
        assert sum(v.numel() for k, v in tensors.items() if not k.endswith(".u")) == item["parameters"]
        assert item["training"]["steps"] == (6 if item["role"] in ("autoencoder", "teacher") else 7)
        if item["role"] == "student":
            assert item["metrics"]["bicubic"]["ours"]["psnr_y"] > 0
    assert str(tmp_path) not in json.dumps(manifest)
    assert (tmp_path / "runs" / "strips" / "ours-000007.png").exists()
    ablation.main({**stage(config, "ablation", {"window": 8, "steps": 1}), "seeds": [1]}, arguments())
    runs = json.loads((tmp_path / "runs" / "ablation.json").read_text())["runs"]
    assert [run["row"] for run in runs] == list(ablation.ROWS) and all(run["metrics"]["realesrgan"]["psnr_y"] > 0 for run in runs)
    lrset.main(config, arguments(out=str(tmp_path / "lr")))
    assert Image.open(tmp_path / "lr" / "crop_a.png").size == (64, 64)

    # The shipped files bring a new checkout to the same networks.
    again = {**config, "runs": str(tmp_path / "again")}
    restore.main(again, arguments())
    for name in ("autoencoder-final", "teacher", *students):
        stored, restored = (load_checkpoint(Path(c["runs"]) / f"{name}.pt") for c in (config, again))
        assert restored["step"] == stored["step"] and set(restored["averages"]) == set(stored["averages"])
        for network, weights in restored["averages"].items():
            assert all(torch.allclose(value, stored["averages"][network][k], atol=1e-3, rtol=1e-3) for k, value in weights.items())

    # The decoder trains on alone: the latents stay, and with them what was trained on them.
    shipped = tmp_path / "out" / "autoencoder.safetensors"
    options = {**AUTOENCODER_OPTIONS, "decoder_only": True, "grow_from": str(shipped)}
    autoencoder_stage.main(stage(config, "decoder", options), arguments())
    stored = load_checkpoint(tmp_path / "runs" / "autoencoder-final.pt")
    changed = {name.split(".")[0] for name, value in load_file(shipped).items() if not torch.equal(value.float(), stored["averages"]["autoencoder"][name])}
    assert changed == {"decoder", "post_quant_conv"} and (stored["step"], stored["encoder_step"]) == (12, 6)
    pool.main(config, arguments())
    assert pool.Pool(config).progress == {"pictures": 4, "latents": 4, "autoencoder_step": 6}
    export.main(config, arguments())
    training = json.loads((tmp_path / "out" / "manifest.json").read_text())["files"][0]["training"]
    assert (training["steps"], training["encoder_steps"]) == (12, 6)
