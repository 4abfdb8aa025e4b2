"""Weights and inputs from an integer hash, so that two programs have the same ones without a file (tests/golden/README.md)."""
import json

import numpy as np
import torch
import torch.nn.functional as F


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
        for name, value in model.named_buffers():
            if name.endswith(".u"):      # a spectral norm's vector: a unit one
                value.copy_(F.normalize(uniform(f"{salt}/{name}", value.shape, 1.0), dim=0))
    return model
