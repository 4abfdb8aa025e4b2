"""NIQE (Mittal et al., IEEE Signal Processing Letters 2013): distance of a picture's natural-scene statistics from those of pristine ones.

Conventions of BasicSR, whose parameters these are: rounded studio-range luma, patches of 96 pixels, two scales, no border left out.
"""
import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from .features import load_features
from .fidelity import luma

PATCH = 96
SHAPES = np.arange(0.2, 10.001, 0.001)         # candidates of the generalised Gaussian's α
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))     # of a coefficient's neighbours: horizontal, vertical, both diagonals


def gamma_ratio(a, b, c):
    """Γ(a)² / (Γ(b)·Γ(c)), elementwise."""
    log = np.vectorize(math.lgamma)
    return np.exp(2 * log(a) - log(b) - log(c))


RATIOS = gamma_ratio(2 / SHAPES, 1 / SHAPES, 3 / SHAPES)


@lru_cache
def pristine():
    """Mean, covariance and window in fp64; the window's sum, which fp32 weights leave 1e-8 off, is 1 again."""
    model = {name: value.double().numpy() for name, value in load_features("niqe").items()}
    return {**model, "window": model["window"] / model["window"].sum()}


def rms(values):
    return math.sqrt(np.mean(values ** 2)) if values.size else math.nan


def fit(block):
    """Asymmetric generalised Gaussian by moments: shape α, scales β_l and β_r. A side without values has NaN, and α then is the first."""
    left, right = rms(block[block < 0]), rms(block[block > 0])
    skew = left / right
    ratio = np.mean(np.abs(block)) ** 2 / (np.mean(block ** 2) or 1) * (skew ** 3 + 1) * (skew + 1) / (skew ** 2 + 1) ** 2
    shape = SHAPES[np.argmin((RATIOS - ratio) ** 2)]
    scale = math.exp((math.lgamma(1 / shape) - math.lgamma(3 / shape)) / 2)
    return shape, left * scale, right * scale


def statistics(block):
    """18 features of a patch of normalised coefficients: its own shape and scale, and four of each product with a neighbour."""
    shape, left, right = fit(block)
    features = [shape, (left + right) / 2]
    for shift in SHIFTS:
        shape, left, right = fit(block * np.roll(block, shift, (0, 1)))
        features += [shape, (right - left) * math.exp(math.lgamma(2 / shape) - math.lgamma(1 / shape)), left, right]
    return features


def filtered(image):
    """Correlation with the model's 7×7 Gaussian window, edges repeated. Summed in fp64, rounded to fp32: a flat area then is its own mean,
    and its coefficients are 0 rather than rounding errors, which `fit` would count with one sign or the other."""
    window = pristine()["window"]
    reach = len(window) // 2
    patches = np.lib.stride_tricks.sliding_window_view(np.pad(image, reach, "edge"), window.shape)
    return np.einsum("hwij,ij->hw", patches, window, dtype=np.float64).astype(np.float32)


def normalised(image):
    """(I − μ) / (σ + 1) with local mean and deviation: the paper's eq. 1."""
    mean = filtered(image)
    return (image - mean) / (np.sqrt(np.abs(filtered(image ** 2) - mean ** 2)) + 1)


def halved(image):
    """MATLAB's imresize by ½: antialiased bicubic (a = −0.5), mirrored edges."""
    padded = torch.from_numpy(np.pad(image, 4, "symmetric"))[None, None]
    return F.interpolate(padded, scale_factor=0.5, mode="bicubic", antialias=True)[0, 0, 2:-2, 2:-2].numpy()


def niqe(picture):
    """Quality of a uint8 H×W×3 picture, lower is better (eq. 10). NaN where it has too few patches with texture for a covariance."""
    image = np.round(luma(picture)).astype(np.float32)
    rows, columns = image.shape[0] // PATCH, image.shape[1] // PATCH
    image = image[:rows * PATCH, :columns * PATCH]
    if rows * columns < 2:
        return math.nan
    scales = []
    for size in (PATCH, PATCH // 2):
        blocks = normalised(image).reshape(rows, size, columns, size).swapaxes(1, 2).reshape(-1, size, size)
        scales.append([statistics(block) for block in blocks])
        image = halved(image)
    features = np.concatenate(scales, axis=1)
    whole = features[~np.isnan(features).any(axis=1)]
    if len(whole) < 2:
        return math.nan
    model = pristine()
    difference = model["mean"] - np.nanmean(features, axis=0)
    covariance = (model["covariance"] + np.cov(whole, rowvar=False)) / 2
    return float(np.sqrt(difference @ np.linalg.pinv(covariance) @ difference))
