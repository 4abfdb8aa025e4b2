"""A co-training iteration: who gets which gradient, its switches, and the fixture in tests/cotraining."""
import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from trainer import objectives, student_terms
from trainer.cotraining import CoTraining, by_detail, detail, draw_window, quantise, with_draws
from trainer.diffusion import Diffusion
from trainer.stages import fixture

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "cotraining"
CASE = "iteration_default"


def iteration(options, networks, descend, **more):
    """The iteration of the default case's networks under other options."""
    return CoTraining(networks, Diffusion(), fixture.autoencoder_of(CASE).decode, options, descend, **more)


def gradients(options, phase):
    """{network: size of the gradient it gets} in one phase."""
    networks = fixture.networks_of(CASE)
    reached = {}

    def descend(network, loss):
        if network == phase:
            parameters = {key: list(n.parameters()) for key, n in networks.items()}
            flat = torch.autograd.grad(loss, sum(parameters.values(), []), retain_graph=True, allow_unused=True)
            for key, values in parameters.items():
                own, flat = flat[:len(values)], flat[len(values):]
                reached[key] = sum(g.norm().item() for g in own if g is not None)
        return 0.0

    iteration(options, networks, descend).iterate(fixture.batch_of(CASE), 0)
    return reached


def test_the_lr_adversary_reaches_the_student_through_g():
    only_lr = {"denoise_weight": 0.0, "distill_weight": 0.0, "lambda_hr": 0.0, "lambda_lr": 1.0}
    assert gradients(only_lr, "student")["student"] > 0


def test_discriminators_learn_from_detached_fakes():
    for side in ("hr", "lr"):
        reached = gradients({}, f"discriminator_{side}")
        assert reached[f"discriminator_{side}"] > 0 and reached["student"] == 0 and reached["downsampler"] == 0


def changed(options, step=0, phase=None):
    """Names of the networks that one iteration changes; with a phase, only its update is made."""
    networks = fixture.networks_of(CASE)
    training = fixture.training_of(CASE, networks)
    before = {key: copy.deepcopy(network.state_dict()) for key, network in networks.items()}

    def descend(name, loss):
        return training.descend(name, loss) if phase in (None, name) else 0.0

    row = iteration(options, networks, descend).iterate(fixture.batch_of(CASE), step)
    parameters = {key: dict(network.named_parameters()) for key, network in networks.items()}
    return {key for key, own in parameters.items() if any(not torch.equal(v, before[key][k]) for k, v in own.items())}, row


@pytest.mark.parametrize("phase", ["student", "downsampler", "discriminator_hr", "discriminator_lr"])
def test_an_update_changes_one_network(phase):
    assert changed({}, phase=phase)[0] == {phase}


def test_only_discriminators_learn_while_they_warm_up():
    names, row = changed({"discriminator_warmup": 3}, step=2)
    assert names == {"discriminator_hr", "discriminator_lr"}
    assert set(row) == {"d_hr", "d_lr", "hr_real", "hr_fake", "lr_real", "lr_fake", "norm_discriminator_hr", "norm_discriminator_lr"}
    names, after = changed({"discriminator_warmup": 3}, step=3)
    assert len(names) == 4 and after["d_hr"] == row["d_hr"]


def test_each_update_of_a_discriminator_sees_draws_of_its_own():
    updates, networks = [], fixture.networks_of(CASE)
    batch = with_draws(fixture.batch_of(CASE), np.random.default_rng(0), fixture.BATCH, 3)
    iteration({"discriminator_steps": 3}, networks, lambda name, loss: updates.append((name, loss.item())) or 0.0).iterate(batch, 0)
    assert [name for name, _ in updates] == ["discriminator_hr"] * 3 + ["discriminator_lr"] * 3 + ["student", "downsampler"]
    assert len({loss for _, loss in updates[:6]}) == 6


def row_of(options, batch=None):
    return iteration(options, fixture.networks_of(CASE), lambda name, loss: 0.0).iterate(batch or fixture.batch_of(CASE), 0)


def test_terms_have_shares_of_the_students_gradient():
    row = row_of({"lambda_hr": 1.0, "cycle": True, "inverse_weight": 0.5, "gt_weight": 0.1})
    terms = {"denoise_student", "distill", "g_hr", "g_lr", "cycle", "inverse", "gt"}
    assert {name[6:] for name in row if name.startswith("share_")} == terms
    assert sum(row[f"share_{name}"] for name in terms) == pytest.approx(1)
    total = sum(row[f"grad_{name}"] for name in terms)
    assert all(row[f"share_{name}"] == pytest.approx(row[f"grad_{name}"] / total) for name in terms)
    double = row_of({"lambda_hr": 2.0})
    assert double["grad_g_hr"] == pytest.approx(2 * row["grad_g_hr"], rel=1e-4)
    assert "share_distill" not in row_of({"distill_weight": 0.0})


def test_the_split_gradient_is_that_of_the_whole_sum():
    """The student's gradient through per-term gradients of its output equals that of the weighted sum, taken at once."""
    options = {"lambda_hr": 0.5, "lambda_lr": 0.7, "cycle": True, "inverse_weight": 0.5, "gt_weight": 0.1, "denoise_weight": 0.2}
    networks, batch, found = fixture.networks_of(CASE), fixture.batch_of(CASE), {}
    parameters = list(networks["student"].parameters())

    def descend(name, loss):
        if name == "student":
            found["split"] = torch.autograd.grad(loss, parameters, retain_graph=True)
        return 0.0

    run = iteration(options, networks, descend)
    run.iterate(batch, 0)
    latent = run.student_forward(batch)
    outputs = student_terms.output_terms(run, batch, latent, run.decoded(batch, by_detail(latent)), run.downsample(batch, latent))
    loss = sum(weight * value for weight, value in [*outputs.values(), *student_terms.input_terms(run, batch).values()])
    assert loss.item() == pytest.approx(run.losses["student"], rel=1e-5)
    whole = torch.autograd.grad(loss, parameters)
    size = torch.stack([g.norm() for g in whole]).norm()
    assert torch.stack([(a - b).norm() for a, b in zip(found["split"], whole)]).norm() < 1e-5 * size


@pytest.mark.parametrize("mode", ["none", "snr", "unweighted-denoise"])
def test_adaptive_weights_keep_the_share(mode):
    adaptive = {"lambda_mode": "adaptive", "lambda_hr": 0.3, "lambda_lr": 0.1, "distill_weight": 0.0, "weight_mode": mode}
    row = row_of(adaptive)
    assert row["grad_g_hr"] == pytest.approx(0.3 * row["grad_denoise_student"], rel=1e-4)
    assert row["grad_g_lr"] == pytest.approx(0.1 * row["grad_denoise_student"], rel=1e-4)


def test_an_adaptive_weight_is_bounded():
    one = torch.tensor(1.0)
    assert objectives.adaptive_weight(0.5, one, one * 0) == 1e4 and objectives.adaptive_weight(0.5, one * 0, one * 0) == 0
    assert objectives.adaptive_weight(0.5, one * 3, one * 2).item() == pytest.approx(0.75)


def test_the_factor_spares_the_denoising_loss_alone():
    plain, spared, factor = row_of({}), row_of({"weight_mode": "unweighted-denoise"}), objectives.snr(Diffusion())
    assert spared["grad_denoise_student"] == pytest.approx(plain["grad_denoise_student"])
    assert spared["grad_distill"] == pytest.approx(factor * plain["grad_distill"])
    assert spared["grad_g_hr"] == pytest.approx(factor * plain["grad_g_hr"], rel=1e-4)
    assert spared["downsampler"] == pytest.approx(plain["denoise_downsampler"] + factor * 0.02 * plain["g_lr_downsampler"])


def test_a_rounded_picture_is_one_of_bytes_and_its_gradient_passes():
    x = torch.tensor([-1.5, -1.0, -0.3, 0.0, 0.2, 0.999, 1.2], requires_grad=True)
    y = quantise(x)
    levels = (y + 1) * 127.5
    assert torch.allclose(levels, levels.round(), atol=1e-4) and y.min() == -1 and y.max() == 1
    assert torch.allclose(y[1:-1], x[1:-1], atol=0.5 / 127.5 + 1e-6)
    y.square().sum().backward()
    assert torch.allclose(x.grad, 2 * y.detach())
    bytes_ = torch.arange(256) / 127.5 - 1
    assert torch.allclose(quantise(bytes_), bytes_, atol=1e-6)


def test_both_sides_of_the_lr_discriminator_are_rounded():
    """D_L sees neither changes of G below half a level nor those of the real picture."""
    seen, networks, batch = [], fixture.networks_of(CASE), fixture.batch_of(CASE)
    networks["discriminator_lr"].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    iteration({}, networks, lambda name, loss: 0.0).iterate(batch, 0)
    assert len(seen) == 4                # real, fake, the student's, G's
    for picture in seen:
        levels = ((picture + 1) * 127.5)[picture != 0]      # DiffAugment's zeros are no level
        assert torch.allclose(levels, levels.round(), atol=1e-3)


@pytest.mark.parametrize("name", [name for name, case in fixture.CASES.items() if case.options.get("quantise_lr", True)])
def test_no_value_of_the_fixture_is_between_two_bytes(name):
    """Where rounding errors decide on a byte, two programs may differ."""
    batch = fixture.batch_of(name)
    run = fixture.cotraining_of(name, fixture.networks_of(name), None)
    with torch.no_grad():
        y_hat = run.downsample(batch, run.student_forward(batch)).double()
    for picture, margin in ((y_hat, 1e-5 * y_hat.square().mean().sqrt()), (batch.lr.double(), 1e-6)):
        levels = (picture[picture.abs() < 1] + 1) * 127.5
        assert ((levels % 1 - 0.5).abs() / 127.5).min() > margin


class Border(torch.nn.Module):
    """A decoder that marks the frame of what it is given: 1 within four pixels of a border."""

    def forward(self, z):
        picture = torch.nn.functional.interpolate(z.mean(dim=1, keepdim=True).expand(-1, 3, -1, -1) * 0, scale_factor=4.0)
        picture[:, :, :4] = picture[:, :, -4:] = picture[:, :, :, :4] = picture[:, :, :, -4:] = 1
        return picture


def test_the_window_is_cut_from_inside_of_what_is_decoded():
    batch = fixture.batch_of(CASE)
    batch.window = (18, 15, 32)
    run = CoTraining({}, Diffusion(), Border(), {"window_margin": 2}, None)
    assert run.decoded(batch, batch.z0).shape == (2, 3, 32, 32) and run.decoded(batch, batch.z0).max() == 0
    batch.window = (18, 0, 32)         # at the latent's own border there is nothing around it
    assert run.decoded(batch, batch.z0)[:, :, :, :4].min() == 1 and run.decoded(batch, batch.z0)[:, :, :, 4:].max() == 0
    assert CoTraining({}, Diffusion(), Border(), {"window_margin": 0}, None).decoded(batch, batch.z0).max() == 1


def test_windows_are_drawn_where_their_margin_fits():
    rng = np.random.default_rng(0)
    drawn = [draw_window(rng, 32, 16, 2) for _ in range(500)]
    assert {y for y, _, _ in drawn} == {x for _, x, _ in drawn} == set(range(8, 57)) and {side for *_, side in drawn} == {64}
    assert {draw_window(rng, 8, 16, 2) for _ in range(9)} == {(0, 0, 32)}
    assert {y for y, _, _ in (draw_window(rng, 10, 8, 2) for _ in range(99))} == {0, 4, 8}


def test_the_decoder_is_given_a_part_of_one_size_wherever_the_window_begins():
    sizes, batch, rng = set(), fixture.batch_of(CASE), np.random.default_rng(0)

    def decode(z):
        sizes.add(tuple(z.shape[2:]))
        return torch.nn.functional.interpolate(z[:, :3], scale_factor=4.0)

    run = CoTraining({}, Diffusion(), decode, {"window_margin": 2}, None)
    for _ in range(50):
        batch.window = draw_window(rng, fixture.SIZE, 8, 2)
        run.decoded(batch, batch.z0)
    assert sizes == {(12, 12)}


def test_the_window_of_a_latent_is_that_of_its_picture():
    """Real and fake stand at the same place: a decoder that copies gives the window of the picture."""
    batch = fixture.batch_of(CASE)
    batch.window = (13, 21, 24)
    enlarge = lambda z: torch.nn.functional.interpolate(z[:, :3], scale_factor=4.0)
    batch.x = enlarge(batch.z0)
    run = CoTraining({}, Diffusion(), enlarge, {}, None)
    assert torch.equal(run.decoded(batch, batch.z0), run.real_hr(batch))


def test_terms_of_the_window_have_no_say_in_what_the_latents_of_a_block_have_in_common():
    rng = np.random.default_rng(0)
    texture, common = torch.from_numpy(rng.normal(size=(2, 3, 8, 12))), torch.from_numpy(rng.normal(size=(2, 3, 2, 3)))
    common = common.repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert detail(common).abs().max() < 1e-12 and torch.allclose(detail(texture + common), detail(texture))
    x = texture.clone().requires_grad_()
    assert torch.allclose(by_detail(x), texture)
    (by_detail(x) * (common + texture)).sum().backward()
    assert torch.allclose(x.grad, detail(texture)) and (x.grad * common).sum().abs() < 1e-9


def test_the_perceptual_term_sees_the_discriminators_window_and_the_original():
    seen, batch = [], fixture.batch_of(CASE)

    def distance(fake, real):
        seen.append((fake, real))
        return (fake - real).square().mean(dim=(1, 2, 3))

    options = {"perceptual_weight": 2.0, "hr_real": "decoded", "lambda_mode": "adaptive", "lambda_hr": 0.5, "lambda_lr": 0.0}
    networks = {name: network for name, network in fixture.networks_of(CASE).items() if name in ("student", "discriminator_hr")}
    run = iteration(options, networks, lambda name, loss: 0.0, perceptual=distance)
    row = run.iterate(batch, 0)
    (fake, real), = seen
    assert torch.equal(real, run.original(batch)) and fake.shape == real.shape
    assert row["perceptual"] == pytest.approx((fake - real).square().mean().item(), rel=1e-5)
    assert {"share_perceptual", "share_g_hr"} <= set(row)
    alone = iteration({**options, "lambda_hr": 0.0}, {"student": networks["student"]}, lambda name, loss: 0.0, perceptual=distance)
    assert alone.iterate(batch, 0)["perceptual"] == pytest.approx(row["perceptual"], rel=1e-4)


def test_a_discriminators_new_weights_are_seen_under_autocast():
    """Autocast keeps the weights it has converted; those of a discriminator change within an iteration."""
    network, batch = fixture.networks_of("iteration_efficientnet")["discriminator_hr"], fixture.batch_of(CASE)

    def descend(name, loss):
        with torch.no_grad():
            for value in network.features.parameters():
                value.zero_()
        return 0.0

    levels = []
    network.features.register_forward_hook(lambda *seen: levels.append(seen[2][-1].detach().abs().max().item()))
    run = iteration({}, {"discriminator_hr": network}, descend)
    with torch.autocast("cpu", torch.bfloat16):
        run.update_discriminator_hr(batch, torch.zeros(2, 3, 32, 32))
        run.discriminate("discriminator_hr", batch, "hr_student", torch.zeros(2, 3, 32, 32))
    assert levels[0] > 0 and levels[-1] == 0


def test_unknown_options_and_values_are_refused():
    with pytest.raises(SystemExit, match="lambda_xr"):
        CoTraining({}, Diffusion(), None, {"lambda_xr": 1}, None)
    with pytest.raises(SystemExit, match="weight_mode is half; it can be none, snr, unweighted-denoise"):
        CoTraining({}, Diffusion(), None, {"weight_mode": "half"}, None)


@pytest.mark.parametrize("name", list(fixture.CASES))
def test_fixture_repeats(name):
    tensors, metadata = fixture.compute(name)
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        stored = {key: json.loads(value) for key, value in file.metadata().items()}
        for key in file.keys():
            expected = file.get_tensor(key).float()
            assert (tensors[key].float() - expected).norm() <= 5e-2 * expected.norm() + 1e-12, key
    for key, tolerance in (("losses", 1e-4), ("scores", 1e-4), ("grad_norms", 1e-3), ("term_grads", 1e-3), ("term_shares", 1e-3)):
        assert json.loads(metadata[key]) == pytest.approx(stored[key], rel=tolerance, abs=1e-5), key
