"""Variants of the objective, G as a diffusion model, and the usefulness of its pairs, at the smallest size."""
import copy
import shutil

import numpy as np
import pytest
import torch

from trainer.config import CONFIGS, build_cotrained, finished_autoencoder, stage_config
from trainer.cotraining import checked, with_draws
from trainer.files import load_checkpoint, load_json
from trainer.stages import diversity, fixture, usefulness, variants
from trainer.stages.ablation import run_config, run_rows
from trainer.stages.evaluate import Judge
from trainer.tests.smallest import config_of
from trainer.tests.test_cotraining import CASE, iteration

SHIFTING = {"downsampler_process": "shifting", "downsampler_input": "shift"}


def drawn():
    return with_draws(fixture.batch_of(CASE), np.random.default_rng(0), fixture.BATCH, 1)


def test_g_as_a_diffusion_model_learns_at_random_times():
    batch, networks = drawn(), fixture.networks_of(CASE)
    run = iteration(SHIFTING, networks, lambda name, loss: 0.0)
    seen, d, latent = [], run.diffusion, batch.z0
    network = networks["downsampler"]
    networks["downsampler"] = lambda state, t, z: seen.append((state, t)) or network(state, t, z)
    loss = run.shifting_denoise(batch, latent)
    state, t = seen[0]
    assert torch.equal(t, (batch.times * d.steps).long()) and loss.item() > 0
    eta, root = d.eta[t].view(-1, 1, 1, 1).to(latent), d.sqrt_eta[t].view(-1, 1, 1, 1).to(latent)
    expected = batch.zy + eta * (latent - batch.zy) + d.kappa * root * batch.downsampler_noise
    assert torch.allclose(state * d.input_std[t].view(-1, 1, 1, 1).to(latent), expected, atol=1e-5)
    # At T it is what G sees in use, but for the 1 % of z_y that is left.
    batch.times = torch.full_like(batch.times, 0.999)
    run.shifting_denoise(batch, latent)
    run.reduced(networks["downsampler"], latent, batch.downsampler_noise)
    assert (seen[1][0] - seen[2][0]).abs().max() < 0.05 and torch.equal(seen[1][1], seen[2][1])


def test_the_shifting_g_learns_under_adaptive_weights():
    losses = []
    row = iteration({**SHIFTING, "lambda_mode": "adaptive", "lambda_lr": 0.1}, fixture.networks_of(CASE),
                    lambda name, loss: losses.append((name, loss.item())) or 0.0).iterate(drawn(), 0)
    assert np.isfinite([value for _, value in losses]).all()
    assert row["denoise_downsampler"] != iteration({"downsampler_input": "shift"}, fixture.networks_of(CASE),
                                                   lambda name, loss: 0.0).iterate(drawn(), 0)["denoise_downsampler"]


def test_times_are_drawn_behind_all_others_and_the_process_needs_its_state():
    batch = drawn()
    assert batch.times.shape == (fixture.BATCH,) and 0 <= batch.times.min() and batch.times.max() < 1
    assert checked(SHIFTING)["downsampler_process"] == "shifting" and checked({})["downsampler_process"] == "regression"
    with pytest.raises(SystemExit, match="needs downsampler_input"):
        checked({"downsampler_process": "shifting"})


def test_the_papers_latent_g_starts_as_the_teacher():
    config = stage_config(CONFIGS / "paper", "ours-latent")
    assert config["downsampler_start"] == "teacher" and config["unet"]["out_channels"] == config["autoencoder"]["embed_dim"]
    assert checked(config["cotrain"])["downsampler_space"] == "latent"


def test_variants_change_one_part_each():
    config = stage_config(CONFIGS / "compact", "variants")
    options = {row: checked(run_config(config, row, 1, variants.ROWS, "variants")["cotrain"]) for row in variants.ROWS}
    ours = options["ours"]
    assert {key for key, value in options["ours, perceptual 0"].items() if value != ours[key]} == {"perceptual_weight"}
    assert {key for key, value in options["ours, distill 1"].items() if value != ours[key]} == {"distill_weight"}
    assert {key for key, value in options["SinSR + L_denoise"].items() if value != options["SinSR"][key]} == {"denoise_weight"}
    assert {key for key, value in options["SinSR + perceptual"].items() if value != options["SinSR"][key]} == {"perceptual_weight"}
    weights = {times: options[f"ours, {times} L_H^G"]["lambda_hr"] for times in ("half", "twice", "four times")}
    assert weights == {"half": ours["lambda_hr"] / 2, "twice": 2 * ours["lambda_hr"], "four times": 4 * ours["lambda_hr"]}
    assert options["SinSR + perceptual"]["perceptual_weight"] == ours["perceptual_weight"] > 0


@pytest.fixture
def trained(finished, tmp_path):
    """A copy of the finished run, whose `ours` is a G that was not trained."""
    data, runs = finished[0], shutil.copytree(finished[1], tmp_path / "runs")
    config = config_of("ours", data, runs)
    networks = build_cotrained(config)
    torch.save({"averages": {"downsampler": networks["downsampler"].state_dict()}, "step": 0, "samples": 12, "options": {"samples": 12}}, runs / "ours.pt")
    return data, runs


def test_a_variant_is_trained_and_scored_and_its_g_measured(trained, monkeypatch):
    data, runs = trained
    row = "ours, latent shifting G"
    config = config_of("variants", data, runs, 'cotrain.perceptual_weight=0.0')
    assert run_rows(config, {row: variants.ROWS[row]}, "variants")
    run, = load_json(runs / "variants.json", None)["runs"]
    assert (run["row"], run["seed"], run["updates"]) == (row, 1, 1) and np.isfinite(run["metrics"]["bicubic"]["psnr_y"])
    averages = load_checkpoint(runs / "variants-ours--latent-shifting-G-1.pt")["averages"]
    rows = diversity.runs_with_g(config)
    assert [row for row in rows if "short" in row] == [f"{row} (short run)" for row in (
        "ours", "ours, shifting G", "ours, latent G", "ours, latent shifting G")]
    own = rows[f"{row} (short run)"]
    judge = Judge(config, finished_autoencoder(config)[0])
    monkeypatch.setattr(diversity, "KIND", "bicubic")
    monkeypatch.setattr(diversity, "DRAWS", 2)
    draws = diversity.downsampled(own, judge, judge.autoencoder)
    assert draws.shape == (2, 2, 64, 64) and diversity.spread(draws)["std"] > 0
    assert averages["downsampler"]["out.2.weight"].shape[0] == config["autoencoder"]["latent_channels"]


def test_the_unseen_degradation_follows_from_its_seed():
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    low = usefulness.unseen(x, [1, 2])
    assert low.shape == (1, 3, 16, 16) and torch.equal(low, usefulness.unseen(x, [1, 2])) and not torch.equal(low, usefulness.unseen(x, [1, 3]))
    assert len(torch.unique(low)) <= usefulness.LEVELS
    kernel = usefulness.motion_kernel(9, 0.0)
    assert kernel.sum() == pytest.approx(1) and kernel[7].sum() == pytest.approx(1) and 8 < (kernel[7] > 0).sum() < 12


def test_students_learn_from_pairs_of_each_kind_and_are_scored_on_others(trained):
    data, runs = trained
    config = config_of("usefulness", data, runs)
    assert usefulness.run(config)
    kept = load_json(runs / "usefulness.json", None)["runs"]
    assert [run["row"] for run in kept] == list(usefulness.ROWS) and all(run["updates"] == 2 for run in kept)
    assert all(list(run["metrics"]) == ["unseen"] and len(run["each"]["unseen"]["psnr_y"]) == 2 for run in kept)
    students = [load_checkpoint(runs / f"usefulness-{name}-1.pt")["networks"]["student"] for name in ("G", "bicubic", "Real-ESRGAN")]
    first = next(iter(students[0]))
    assert not any(torch.equal(a[first], b[first]) for a, b in zip(students, students[1:]))
    before = copy.deepcopy(kept)
    assert usefulness.run(config) and load_json(runs / "usefulness.json", None)["runs"] == before
