"""The scores of evaluation and model selection, in one call: fidelity, perceptual distance, statistics of natural scenes, lattice."""
import math
import sys
from functools import lru_cache

import numpy as np
import torch

from .data import to_tensor
from .dists import Dists
from .features import features_path
from .fidelity import luma, psnr, ssim
from .lattice import lattice
from .loop import device
from .lpips import Lpips
from .niqe import niqe

BATCH = 4


@lru_cache
def lpips_alex():
    return Lpips("alex").to(device())


@lru_cache
def dists_network():
    """None, and a sentence, where its weights have not been made: they don't ship."""
    if features_path("dists") and features_path("lpips-vgg"):
        return Dists().to(device())
    print("DISTS is left out: `python -m trainer features` makes its weights", file=sys.stderr)
    return None


@torch.no_grad()
def distances(network, images, references, convert):
    """[N] distances of uint8 pictures, computed in fp32; `convert` brings [−1, 1] to the network's range."""
    parts = []
    with torch.autocast(device().type, enabled=False):
        for start in range(0, len(images), BATCH):
            pair = (convert(to_tensor(np.stack(pictures[start:start + BATCH]))).to(device()) for pictures in (images, references))
            parts.append(network(*pair).cpu().numpy())
    return np.concatenate(parts)


def compare_each(images, references, dists=True):
    """{metric: [N values]} of uint8 N×H×W×3 pairs: PSNR on RGB and luma (dB), SSIM on luma, LPIPS-AlexNet, DISTS (unless told not to, or
    without weights), NIQE of the images that are large enough for it, and the lattice's dB at 4 and 2 pixels beyond the references'."""
    lumas = [(luma(a), luma(b)) for a, b in zip(images, references)]
    scores = {
        "psnr_rgb": [psnr(a, b) for a, b in zip(images, references)],
        "psnr_y": [psnr(a, b) for a, b in lumas],
        "ssim_y": [ssim(a, b) for a, b in lumas],
        "lpips_alex": distances(lpips_alex(), images, references, lambda x: x),
        "niqe": [value for value in map(niqe, images) if not math.isnan(value)]}
    scores["lattice_4"], scores["lattice_2"] = (lattice(images) - lattice(references)).T
    if dists and dists_network():
        scores["dists"] = distances(dists_network(), images, references, lambda x: (x + 1) / 2)
    return scores


def means(scores):
    return {name: round(float(np.mean(values)), 5) for name, values in scores.items() if len(values)}


def compare(images, references, dists=True):
    """`compare_each`'s means; a metric that measured no picture is left out."""
    return means(compare_each(images, references, dists))
