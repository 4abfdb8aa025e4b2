"""Discriminators: spectral norms, their maps, pretrained features and learning rates."""
import io

import pytest
import torch
import torch.nn.functional as F

from trainer.discriminator import EfficientNetDiscriminator, ScratchDiscriminator, SpectralConv, build_discriminator
from trainer.downsampler import ConvDownsampler
from trainer.efficientnet import EfficientNetLite0, channels, plan
from trainer.features import BLOCKS, convert_efficientnet
from trainer.stages import fixture


def test_spectral_norm_reaches_the_largest_singular_value():
    torch.manual_seed(0)
    conv = SpectralConv(5, 7, 3)
    for _ in range(200):
        conv.advance()
    largest = torch.linalg.svdvals(conv.weight.detach().flatten(1))[0]
    assert torch.allclose(conv.sigma(), largest, rtol=1e-4)
    before = conv.u.clone()
    conv(torch.zeros(1, 5, 4, 4))
    assert torch.equal(conv.u, before)


def test_discriminator_gives_a_map_per_head():
    maps = build_discriminator({"widths": [16, 32, 32], "strides": [1, 2, 2], "head_width": 16, "head_levels": 2})(torch.zeros(2, 3, 32, 24))
    assert [tuple(m.shape) for m in maps] == [(2, 1, 16, 12), (2, 1, 8, 6)]


SMALL = {"kind": "efficientnet-lite0", "stem_stride": 2, "blocks": 6, "head_levels": [0, 2, 5], "head_width": 8, "pixel_widths": [4, 8]}


def test_a_head_on_the_pixels_and_one_on_each_level():
    maps = build_discriminator(SMALL)(torch.zeros(2, 3, 64, 32))
    assert [tuple(m.shape[2:]) for m in maps] == [(32, 16), (32, 16), (16, 8), (4, 2)]
    fine = build_discriminator({**SMALL, "stem_stride": 1})(torch.zeros(2, 3, 16, 16))
    assert [tuple(m.shape[2:]) for m in fine] == [(8, 8), (16, 16), (8, 8), (2, 2)]


def test_only_heads_and_pixel_branch_are_normalised():
    network = build_discriminator(SMALL)
    normed = {name.split(".")[0] for name, module in network.named_modules() if isinstance(module, SpectralConv)}
    assert normed == {"pixels", "heads"}
    before = {name: u.clone() for name, u in network.named_buffers() if name.endswith(".u")}
    network(torch.zeros(1, 3, 32, 32))
    assert all(torch.equal(u, before[name]) for name, u in network.named_buffers() if name in before)
    network.advance()
    assert not any(torch.equal(u, before[name]) for name, u in network.named_buffers() if name in before and u.numel() > 1)


def test_logits_do_not_depend_on_the_scale_of_a_level():
    torch.manual_seed(0)
    head, x = build_discriminator(SMALL).heads[1], torch.randn(2, 16, 8, 8)
    assert torch.allclose(head(x), head(x * torch.tensor([100.0, 0.1]).view(2, 1, 1, 1)), atol=1e-4)
    assert head(torch.zeros_like(x)).isfinite().all()


def test_the_pixel_branch_sees_single_pixels():
    """A pattern of single pixels changes its logits, with features that see nothing at all."""
    torch.manual_seed(0)
    network = build_discriminator(SMALL)
    with torch.no_grad():
        network.features.stem.weight.zero_()
    checks = torch.ones(1, 3, 32, 32)
    checks[:, :, ::2, ::2] = checks[:, :, 1::2, 1::2] = -1
    flat, patterned = network(torch.zeros_like(checks)), network(checks)
    assert [bool((a - b).abs().max() > 1e-3) for a, b in zip(flat, patterned)] == [True, False, False, False]


def test_features_are_lite0s():
    assert len(plan()) == 16 and channels(16)[-1] == 320
    network = EfficientNetLite0(11)
    assert sum(value.numel() for value in network.parameters()) == 692688
    assert [tuple(level.shape[1:]) for level in network(torch.zeros(1, 3, 64, 64))] == [
        (16, 32, 32), (24, 16, 16), (24, 16, 16), (40, 8, 8), (40, 8, 8), *[(80, 4, 4)] * 3, *[(112, 4, 4)] * 3]
    assert network.blocks[0].expand is None
    assert [block.residual for block in network.blocks] == [False, False, True, False, True, False, True, True, False, True, True]


def published(seed):
    """A state dict as published, with batch norms, of random numbers."""
    torch.manual_seed(seed)
    state = {}

    def convolution(name, norm, c_out, c_in, kernel):
        state[f"{name}.weight"] = torch.randn(c_out, c_in, kernel, kernel) / (c_in * kernel ** 2) ** 0.5
        state.update({f"{norm}.weight": torch.rand(c_out) + 0.5, f"{norm}.bias": torch.randn(c_out) + 1,
                      f"{norm}.running_mean": torch.randn(c_out), f"{norm}.running_var": torch.rand(c_out) + 0.1})

    convolution("_conv_stem", "_bn0", 32, 3, 3)
    for index, (c_in, c_out, expansion, kernel, _) in enumerate(plan()[:BLOCKS]):
        block, wide = f"_blocks.{index}.", expansion * c_in
        if index:
            convolution(block + "_expand_conv", block + "_bn0", wide, c_in, 1)
        convolution(block + "_depthwise_conv", block + "_bn1", wide, 1, kernel)
        convolution(block + "_project_conv", block + "_bn2", c_out, wide, 1)
    return state


def unfolded(state, x):
    """Each block's output by convolutions and batch norms one after the other."""
    def normed(x, name, norm, **options):
        weight = state[f"{name}.weight"]
        x = F.conv2d(x, weight, padding=weight.shape[2] // 2, **options)
        return F.batch_norm(x, *(state[f"{norm}.{key}"] for key in ("running_mean", "running_var", "weight", "bias")), eps=1e-3)

    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x, levels = F.relu6(normed(((x + 1) / 2 - mean) / std, "_conv_stem", "_bn0", stride=2)), []
    for index, (_, _, _, _, stride) in enumerate(plan()[:BLOCKS]):
        block, h = f"_blocks.{index}.", x
        if index:
            h = F.relu6(normed(h, block + "_expand_conv", block + "_bn0"))
        h = F.relu6(normed(h, block + "_depthwise_conv", block + "_bn1", stride=stride, groups=h.shape[1]))
        h = normed(h, block + "_project_conv", block + "_bn2")
        x = x + h if x.shape == h.shape else h
        levels.append(x)
    return levels


def test_folded_batch_norms_are_batch_norms():
    state, file = published(0), io.BytesIO()
    torch.save(state, file)
    network = EfficientNetDiscriminator(head_width=4, pixel_widths=(4, 4))
    network.load_features(convert_efficientnet(file.getvalue()))
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    for ours, theirs in zip(network.features(x), unfolded(state, x)):
        assert (ours - theirs).abs().max() < 1e-4 * theirs.abs().max()


def test_parts_learn_at_rates_of_their_own():
    network = build_discriminator(SMALL)
    groups = network.parameter_groups({"features": 0.25})
    assert [group["scale"] for group in groups] == [0.25, 1.0, 1.0]
    assert {id(p) for group in groups for p in group["params"]} == {id(p) for p in network.parameters()}
    assert [id(p) for p in groups[0]["params"]] == [id(p) for p in network.features.parameters()]
    assert not hasattr(build_discriminator({}), "parameter_groups")      # features from scratch learn like the rest


@pytest.mark.parametrize("discriminators, rate", [(fixture.EFFICIENTNET, 0.25), (fixture.SCRATCH, 1.0)])
def test_the_optimiser_moves_pretrained_features_slowly(discriminators, rate):
    network = build_discriminator(discriminators["discriminator_hr"])
    training = fixture.training_of("rates", {"discriminator_hr": network})
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    training.descend("discriminator_hr", sum(m.square().mean() for m in network(torch.rand(2, 3, 32, 32))))
    moved = {name: (value.detach() - before[name]).abs().max().item() for name, value in network.named_parameters()}
    for name, size in moved.items():          # Adam's first step is the learning rate
        assert size == pytest.approx((rate if name.startswith("features") else 1) * fixture.OPTIMISER["lr"], rel=0.02), name


def test_pretrained_features_are_loaded_to_the_last_block():
    torch.manual_seed(0)
    tensors = {f"features.{name}": torch.randn_like(value) for name, value in EfficientNetLite0(8).state_dict().items()}
    network = build_discriminator(SMALL)
    network.load_features(tensors)
    assert all(torch.equal(value, tensors[f"features.{name}"]) for name, value in network.features.named_parameters())
    with pytest.raises(SystemExit, match="no blocks.8"):
        EfficientNetDiscriminator(blocks=9, head_levels=[8]).load_features(tensors)


def test_an_unknown_kind_is_refused():
    with pytest.raises(SystemExit, match="kind is dino"):
        build_discriminator({"kind": "dino"})


def test_pretrained_features_learn_in_bfloat16():
    """PyTorch 1 has no gradient of ReLU6 in bfloat16 on a CPU."""
    torch.manual_seed(0)
    network, x = EfficientNetDiscriminator(head_width=4, pixel_widths=(4, 4)).features, torch.rand(1, 3, 64, 64) * 2 - 1
    gradients = []
    for half in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = network(x)[-1].float().square().mean()
        gradients.append(torch.autograd.grad(loss, network.stem.weight)[0])
    assert (gradients[1] - gradients[0]).norm() < 0.1 * gradients[0].norm()


@pytest.mark.parametrize("make", [lambda: ScratchDiscriminator(widths=(8, 8), strides=(2, 2), head_width=8, head_levels=1), lambda: ConvDownsampler(3, width=32)])
def test_networks_with_group_norms_learn_in_bfloat16(make):
    """PyTorch 1 has no GroupNorm of bfloat16 with weights in single precision."""
    torch.manual_seed(0)
    network, x, gradients = make(), torch.rand(1, 3, 32, 32) * 2 - 1, []
    for half in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            out = network(x[:, :1], None, x[:, 1:]) if isinstance(network, ConvDownsampler) else network(x)[0]
        weight = next(network.parameters())
        gradients.append(torch.autograd.grad(out.float().square().mean(), weight)[0])
    assert (gradients[1] - gradients[0]).norm() < 0.1 * gradients[0].norm()
