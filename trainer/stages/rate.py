"""Stage `rate`: milliseconds of the student's U-Net at 64×64 LR pixels, forward and with its gradients by the input and all parameters.

In single precision, batch 1, on `OMP_NUM_THREADS` threads: what `npm run bench -- --only wasm` measures of the page's own.
"""
import time

import torch

from ..config import build_unet, latent_channels
from ..loop import device

SIDE = 64
WARM_UPS = 3
REPEATS = 12


def milliseconds(work):
    """The fastest and the median of the repeats."""
    times = []
    for _ in range(WARM_UPS + REPEATS):
        started = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - started))
    times = sorted(times[WARM_UPS:])
    return times[0], times[len(times) // 2]


def run(config):
    """{layout: {"forward" | "gradients": (fastest, median)}}"""
    torch.manual_seed(config["seed"])
    found = {}
    for layout, memory_format in (("contiguous", torch.contiguous_format), ("channels last", torch.channels_last)):
        unet = build_unet(config).to(device()).to(memory_format=memory_format)
        x, lr = [torch.randn(1, channels, SIDE, SIDE, device=device()).to(memory_format=memory_format)
                 for channels in (latent_channels(config), 3)]
        steps = torch.tensor([config["diffusion"]["steps"] - 1], device=device())
        inputs = [x.requires_grad_(), *unet.parameters()]

        def forward():
            with torch.no_grad():
                unet(x, steps, lr)

        def gradients():
            torch.autograd.grad(unet(x, steps, lr).square().mean(), inputs)

        found[layout] = {"forward": milliseconds(forward), "gradients": milliseconds(gradients)}
        for name, (fastest, median) in found[layout].items():
            print(f"{layout}, {torch.get_num_threads()} threads, {name}: {fastest:.0f} ms, median {median:.0f}", flush=True)
    return found


def main(config, args):
    run(config)
