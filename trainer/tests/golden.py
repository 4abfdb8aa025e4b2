"""Reading golden files and making the weights they were computed with (golden/README.md: the integer hash)."""
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [os.environ.get("COSR_GOLDEN"), ROOT.parent / "shared" / "golden", ROOT / "tests" / "golden"]


def golden(name):
    """(tensors, metadata) of a golden file; the test is skipped where the file is not found."""
    for folder in filter(None, FOLDERS):
        path = Path(folder) / f"{name}.safetensors"
        if path.exists():
            with safe_open(path, "pt") as file:
                return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()
    pytest.skip(f"golden file {name} not found")


def fnv1a32(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def uniform(name, shape, scale, offset=0.0):
    count = int(np.prod(shape))
    h = np.arange(count, dtype=np.uint32) ^ np.uint32(fnv1a32(name))
    h = (h ^ (h >> 16)) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * np.uint32(0xC2B2AE35)
    u = (h ^ (h >> 16)).astype(np.float64) / 2 ** 32
    return torch.from_numpy(((u * 2 - 1) * scale + offset).astype(np.float32)).view(*shape)


def parameter(salt, name, shape):
    if "relative_position_bias_table" in name:
        scale, offset = 0.5, 0
    elif "embedding" in name:
        scale, offset = 1.0, 0
    elif len(shape) > 1:
        scale, offset = np.sqrt(3 / np.prod(shape[1:])), 0
    else:
        scale, offset = (0.3, 1) if name.endswith("weight") else (0.2, 0)
    return uniform(f"{salt}/{name}", shape, scale, offset)


def fill(model, salt, shapes=None):
    """Give a network its hash-made weights; `shapes` (JSON of the golden file) must be exactly the network's own."""
    own = {name: list(value.shape) for name, value in model.named_parameters()}
    if shapes:
        assert own == json.loads(shapes)
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(parameter(salt, name, value.shape))
    return model


def assert_close(actual, expected, tolerance):
    """Largest difference relative to the largest magnitude of the reference."""
    expected = torch.as_tensor(expected)
    error = (actual.detach() - expected).abs().max() / expected.abs().max()
    assert error < tolerance, f"relative error {error:.2e} over {tolerance:.0e}"
