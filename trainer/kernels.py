"""Blur and sinc kernels of the Real-ESRGAN degradation (§6.2), float64 k×k arrays that sum to one."""
import math

import numpy as np
import torch

KINDS = ("iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso")


def gaussian_family(size, kind, sigma_x, sigma_y, theta=0.0, beta=1.0):
    """exp(−½ q), exp(−½ q^β) or 1/(1+q^β) with q = xᵀΣ⁻¹x, Σ = R diag(σx², σy²) Rᵀ; σ in pixels, θ in radians."""
    axis = np.arange(size) - (size - 1) / 2
    x, y = np.meshgrid(axis, axis)
    u, v = math.cos(theta) * x + math.sin(theta) * y, -math.sin(theta) * x + math.cos(theta) * y
    q = (u / sigma_x) ** 2 + (v / sigma_y) ** 2
    kernel = 1 / (1 + q ** beta) if kind.startswith("plateau") else np.exp(-0.5 * q ** beta)
    return kernel / kernel.sum()


def sinc(size, cutoff):
    """Circular low-pass ω J₁(ω r) / (2π r) with cut-off ω in radians a pixel."""
    axis = np.arange(size) - (size - 1) / 2
    radius = np.hypot(*np.meshgrid(axis, axis))
    safe = np.where(radius == 0, 1, radius)
    bessel = torch.special.bessel_j1(torch.from_numpy(cutoff * safe)).numpy()
    kernel = np.where(radius == 0, cutoff ** 2 / (4 * math.pi), cutoff * bessel / (2 * math.pi * safe))
    return kernel / kernel.sum()


def padded(kernel, size):
    """Zeros around a kernel up to size×size."""
    return np.pad(kernel, (size - kernel.shape[0]) // 2)


def odd_size(rng, largest):
    """Uniform over 3, 5, …, largest."""
    return int(rng.choice(np.arange(3, largest + 1, 2)))


def random_sinc(rng, largest):
    size = odd_size(rng, largest)
    return padded(sinc(size, rng.uniform(math.pi / (3 if size < 13 else 5), math.pi)), largest)


def random_blur(rng, stage):
    """One kernel of a blur stage: `largest` size, `sinc` probability, `kinds` probabilities (order of KINDS), `sigma` range."""
    if rng.random() < stage["sinc"]:
        return random_sinc(rng, stage["largest"])
    kind = KINDS[rng.choice(len(KINDS), p=stage["kinds"])]
    size = odd_size(rng, stage["largest"])
    sigma_x = sigma_y = rng.uniform(*stage["sigma"])
    theta = 0.0
    if kind.endswith("aniso"):
        sigma_y, theta = rng.uniform(*stage["sigma"]), rng.uniform(-math.pi, math.pi)
    beta = 1.0
    if kind.startswith("generalized"):
        beta = rng.uniform(0.5, 1) if rng.random() < 0.5 else rng.uniform(1, 4)
    elif kind.startswith("plateau"):
        beta = 1.0 if rng.random() < 0.5 else rng.uniform(1, 2)
    return padded(gaussian_family(size, kind, sigma_x, sigma_y, theta, beta), stage["largest"])


def final_sinc(rng, largest, probability):
    """The closing filter: a sinc with the given probability, else the unit impulse."""
    if rng.random() < probability:
        size = odd_size(rng, largest)
        return padded(sinc(size, rng.uniform(math.pi / 3, math.pi)), largest)
    return padded(np.ones((1, 1)), largest)
