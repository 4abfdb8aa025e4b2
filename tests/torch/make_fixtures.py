"""Small checkpoints as PyTorch writes them, good and bad: `python tests/torch/make_fixtures.py` (PyTorch 2) makes them anew."""
import builtins
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn

folder = Path(__file__).parent


def counted(*shape, dtype=torch.float32):
    """0, 1/8, 2/8, …: exact in every type of 16 bits and more."""
    count = int(np.prod(shape))
    return (torch.arange(count, dtype=torch.float64) / 8).to(dtype).reshape(shape)


def save(name, value, **options):
    torch.save(value, folder / name, **options)


class Evil:
    """Python runs such a call when it loads the file."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


if __name__ == "__main__":
    torch.manual_seed(0)
    types = {
        "f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
        "i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8,
    }
    save("types.pth", OrderedDict((name, counted(2, 3, dtype=dtype)) for name, dtype in types.items()))

    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Linear(2, 2))
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(counted(*value.shape))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.zeros(1, 3, 4, 4)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(counted(*value.shape))
    save("training.pth", {
        "iters_start": 300_000, "log_step": {"train": 2**40}, "best": np.float64(27.5), "note": "β", "done": False,
        "state_dict": OrderedDict((f"module._orig_mod.{k}", v) for k, v in network.state_dict().items()),
        "ema": network.state_dict(), "optimizer": optimizer.state_dict(), "shape": torch.Size([2, 3]),
        "parameter": nn.Parameter(counted(2)), "device": torch.device("cpu"),
    })

    base = counted(4, 6)
    save("views.pth", {
        "whole": base, "row": base[1], "transposed": base.t(), "columns": base[:, 2:4], "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3), "channels_last": counted(2, 3, 2, 2).to(memory_format=torch.channels_last),
    })
    save("expanded.pth", {"expanded": torch.ones(1).expand(1000, 1000)})
    save("legacy.pth", network.state_dict(), _use_new_zipfile_serialization=False)
    save("whole-module.pth", nn.Linear(2, 2))
    save("protocol4.pth", network.state_dict(), pickle_protocol=4)
    save("system.pth", {"weight": counted(2), "x": Evil(os.system, "touch cosr-was-here")})
    save("eval.pth", {"weight": counted(2), "x": Evil(builtins.eval, "1/0")})
    torch.jit.script(nn.Linear(2, 2)).save(folder / "script.pt")
    torch.serialization.set_crc32_options(False)
    save("no-checksums.pth", {"weight": counted(2, 2)})
