"""Low-resolution pictures from high-resolution ones (§6): Real-ESRGAN's second-order chain, the milder test variant, bicubic.

Kernels, noise strengths and JPEG qualities are drawn per picture; kinds and sizes of resizes, the kind of noise and the order of
the last step per batch, as in the reference. So feed small batches. Pictures are B×3×H×W in [−1, 1]; LR comes out rounded to 8 bit.
"""
import numpy as np
import torch
import torch.nn.functional as F

from .data import reduce4
from .jpeg import jpeg
from .kernels import final_sinc, random_blur

MIXED = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)
REALESRGAN = {
    "stages": [
        {"probability": 1.0, "blur": 1.0, "largest": 19, "sinc": 0.1, "kinds": MIXED, "sigma": (0.2, 3.0),
         "resize": (0.2, 0.7, 0.1), "range": (0.15, 1.5), "gaussian": (1, 30), "poisson": (0.05, 3.0), "jpeg": (30, 95)},
        {"probability": 0.5, "blur": 0.8, "largest": 13, "sinc": 0.1, "kinds": MIXED, "sigma": (0.2, 1.5),
         "resize": (0.3, 0.4, 0.3), "range": (0.3, 1.2), "gaussian": (1, 25), "poisson": (0.05, 2.5)}],
    "final": {"largest": 13, "sinc": 0.8, "jpeg": (30, 95)}}
REALESRGAN_TEST = {
    "stages": [
        {"probability": 1.0, "blur": 1.0, "largest": 11, "sinc": 0.1, "kinds": (0.6, 0.4, 0, 0, 0, 0), "sigma": (0.2, 0.8),
         "resize": (0.2, 0.7, 0.1), "range": (0.5, 1.5), "gaussian": (1, 15), "poisson": (0.05, 0.3), "jpeg": (70, 95)}],
    "final": {"largest": 5, "sinc": 0.2, "jpeg": (80, 100)}}
SETTINGS = {"realesrgan": REALESRGAN, "realesrgan-test": REALESRGAN_TEST}
GREY = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
MODES = ("area", "bilinear", "bicubic")


def filtered(x, kernels):
    """Cross-correlate each picture with its own kernel (B×k×k), borders reflected."""
    batch, channels, height, width = x.shape
    pad = kernels.shape[-1] // 2
    x = F.pad(x, (pad,) * 4, mode="reflect").view(1, batch * channels, height + 2 * pad, width + 2 * pad)
    weight = kernels.to(x).repeat_interleave(channels, dim=0)[:, None]
    return F.conv2d(x, weight, groups=batch * channels).view(batch, channels, height, width)


def stacked(kernels):
    return torch.from_numpy(np.stack(kernels)).float()


def resize(x, rng, **to):
    """To `size` or by `scale_factor`, in a random mode."""
    return F.interpolate(x, mode=MODES[rng.integers(3)], **to)


def poisson_noise(x, generator):
    """Shot noise of an 8-bit picture that shows as many levels as it has distinct values, rounded up to a power of two."""
    x = (x.clamp(0, 1) * 255).round() / 255
    levels = [2.0 ** np.ceil(np.log2(max(1, picture.unique().numel()))) for picture in x]
    levels = torch.tensor(levels, dtype=x.dtype).view(-1, 1, 1, 1)
    return torch.poisson(x * levels, generator=generator) / levels - x


def noisy(x, rng, generator, stage):
    """Gaussian or Poisson noise, grey for 40 % of the pictures; clipped to [0, 1]. Grey Gaussian noise is one map for the batch."""
    batch = len(x)
    grey = torch.from_numpy(rng.random(batch) < 0.4).view(-1, 1, 1, 1)
    if rng.random() < 0.5:
        strength = rng.uniform(*stage["gaussian"], batch) / 255
        colour = torch.randn(x.shape, generator=generator)
        noise = torch.where(grey, colour[:1, :1], colour)
    else:
        strength = rng.uniform(*stage["poisson"], batch)
        luma = (x * GREY).sum(1, keepdim=True)
        noise = torch.where(grey, poisson_noise(luma, generator), poisson_noise(x, generator))
    return (x + torch.from_numpy(strength).to(x).view(-1, 1, 1, 1) * noise).clamp(0, 1)


def random_jpeg(x, rng, limits):
    return jpeg(x.clamp(0, 1), torch.from_numpy(rng.uniform(*limits, len(x))))


def random_scale(rng, stage):
    """Enlarge, reduce or keep with the stage's probabilities."""
    low, high = stage["range"]
    return (rng.uniform(1, high), rng.uniform(low, 1), 1.0)[rng.choice(3, p=stage["resize"])]


def chain(x, rng, generator, settings):
    """§6.3 on B×3×H×W in [0, 1]; the result is B×3×H/4×W/4."""
    height, width = (side // 4 for side in x.shape[2:])
    for index, stage in enumerate(settings["stages"]):
        if rng.random() >= stage["probability"]:
            continue
        if rng.random() < stage["blur"]:
            x = filtered(x, stacked([random_blur(rng, stage) for _ in x]))
        scale = random_scale(rng, stage)
        # The first stage scales what it gets, later ones aim at a multiple of the final size.
        x = resize(x, rng, size=(int(height * scale), int(width * scale))) if index else resize(x, rng, scale_factor=scale)
        x = noisy(x, rng, generator, stage)
        if "jpeg" in stage:
            x = random_jpeg(x, rng, stage["jpeg"])
    final = settings["final"]
    sinc = stacked([final_sinc(rng, final["largest"], final["sinc"]) for _ in x])
    if rng.random() < 0.5:
        x = filtered(resize(x, rng, size=(height, width)), sinc)
        return random_jpeg(x, rng, final["jpeg"])
    x = random_jpeg(x, rng, final["jpeg"])
    return filtered(resize(x, rng, size=(height, width)), sinc)


def degrade(x, kind, seed):
    """LR of B×3×H×W in [−1, 1]; kind is realesrgan, realesrgan-test or bicubic; everything follows from the seed (an integer
    or a list of integers). @raises SystemExit for another kind"""
    if kind == "bicubic":
        return reduce4(x)
    if kind not in SETTINGS:
        raise SystemExit(f"there is no degradation {kind}; it can be {', '.join(SETTINGS)} or bicubic")
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(int(rng.integers(2 ** 62)))
    low = chain((x + 1) / 2, rng, generator, SETTINGS[kind])
    return (low.clamp(0, 1) * 255).round() / 127.5 - 1
