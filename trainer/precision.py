"""bfloat16 or single precision, channels-last or not: measured, since CPUs differ by a factor of twenty.

With AMX or AVX512-BF16 a convolution in bfloat16 is several times as fast as in single precision; with AVX2 alone it is emulated and
fifteen times slower. Weights, averages and optimisers are single precision either way (autocast).
"""
import time
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

FLAGS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")


def processor():
    """The kind of processor that a measurement holds for."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        flags = []
    return "CPU with " + (", ".join(flag for flag in FLAGS if flag in flags) or "unknown instructions")


@dataclass(frozen=True)
class Precision:
    """`gflops` is the measured speed, forward and backward."""

    bf16: bool = False
    channels_last: bool = False
    processor: str = ""
    gflops: float = 0.0

    def autocast(self):
        return torch.autocast("cuda" if torch.cuda.is_available() else "cpu", torch.bfloat16, enabled=self.bf16)

    def place(self, network):
        return network.to(memory_format=torch.channels_last if self.channels_last else torch.contiguous_format)

    def state(self):
        return asdict(self)


class GroupNorm(nn.GroupNorm):
    """On a CPU in single precision: PyTorch 1 has none of bfloat16 with weights in single precision."""

    def forward(self, x):
        return super().forward(x) if x.is_cuda else super().forward(x.float()).to(x.dtype)


@torch.enable_grad()
def seconds_of(precision, x, weights):
    """Forward and backward of two convolutions with SiLU between them."""
    x = x.to(memory_format=torch.channels_last if precision.channels_last else torch.contiguous_format)
    started = time.perf_counter()
    with precision.autocast():
        y = F.conv2d(F.silu(F.conv2d(x, weights[0], padding=1)), weights[1], padding=1)
    torch.autograd.grad(y.float().square().mean(), weights)
    if x.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def measure(rounds=6, channels=64, side=32, batch=16):
    """The fastest of the four on this machine; taken in turn, so that other work on it hits all alike."""
    where = "cuda" if torch.cuda.is_available() else "cpu"
    x = torch.randn(batch, channels, side, side, device=where, requires_grad=True)
    weights = [torch.randn(channels, channels, 3, 3, device=where, requires_grad=True) for _ in range(2)]
    candidates = [Precision(bf16, last, processor()) for bf16 in (False, True) for last in (False, True)]
    best = {candidate: float("inf") for candidate in candidates}
    for turn in range(rounds + 1):
        for candidate in candidates:
            took = seconds_of(candidate, x, weights)
            if turn:                   # the first is warming up
                best[candidate] = min(best[candidate], took)
    fastest = min(best, key=best.get)
    work = 2 * 3 * 2 * batch * side ** 2 * channels ** 2 * 9
    return Precision(fastest.bf16, fastest.channels_last, fastest.processor, round(work / best[fastest] / 1e9, 1))


def continued(stored, wanted=None):
    """A checkpoint's precision on the processor it was measured on, a new measurement on another kind; or the `wanted` one ([precision]
    in the configuration: {bf16, channels_last})."""
    if wanted is not None:
        return Precision(**wanted, processor=processor())
    known = Precision(**stored) if stored else None
    return known if known and known.processor == processor() else measure()
