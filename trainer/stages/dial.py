"""`python -m trainer dial [--out FILE]`: the detail dial's curve: blends of the pictures of `l2` and of `ours` on the validation set.

Writes {kind: {"bicubic": scores, "curve": [{"detail": 0 … 100, psnr_y, lpips_alex}], "advised": detail, "invention": {map: correlation},
"agreed": {"l2" | "ours": scores}}}. Agreed pictures match their LR to 45 dB by back-projection (src/imaging/agree.ts). The
correlations are Spearman's, of maps of what was invented with |ours − truth|, means of 16×16 blocks. Advised is the least LPIPS among
the places whose PSNR-Y is not below bicubic's; below it everywhere, the place of the highest PSNR-Y.
"""
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import interpolate

from ..config import build_unet, finished, finished_autoencoder
from ..data import to_tensor, to_uint8
from ..fidelity import luma, psnr
from ..files import save_json
from ..metrics import distances, lpips_alex, means
from .evaluate import Judge, as_shipped, bicubic

PLACES = range(0, 101, 10)
BLOCK = 16      # pixels a side of the blocks whose means are compared
AGREED = 45     # dB of PSNR from which a reduced picture counts as its LR
ROUNDS = 20


def blend(faithful, detailed, detail):
    """uint8 pictures as the page blends them (src/imaging/detail.ts)."""
    faithful, detailed = faithful.astype(np.float64), detailed.astype(np.float64)
    return np.rint(faithful + detail / 100 * (detailed - faithful)).astype(np.uint8)


def resized(x, side):
    return interpolate(x, side, mode="bicubic", antialias=True)


def agree(picture, low):
    """An uint8 picture back-projected until its reduction matches `low`, as the page does it (src/imaging/agree.ts): picture, dB before, dB after."""
    y, x = to_tensor(low[None]), to_tensor(picture[None])

    def left(current):
        difference = y - resized(current, y.shape[2:])
        return difference, float(10 * torch.log10(4 / difference.square().mean()))
    residual, reached = left(x)
    before = reached
    for _ in range(ROUNDS):
        if reached >= AGREED:
            break
        x = (x + resized(residual, x.shape[2:])).clamp(-1, 1)
        candidate = to_uint8(x)
        residual, found = left(to_tensor(candidate))
        if found <= reached:
            break
        picture, reached = candidate[0], found
    return picture, before, reached


def agreement(pictures, low, references):
    """Scores of agreed pictures, the mean PSNR of ↓(picture) to LR before and after, and the part of pictures that reach 45 dB."""
    agreed, before, after = zip(*(agree(*pair) for pair in zip(pictures, low)))
    return {**scores(np.stack(agreed), references), "against_input_before": round(float(np.mean(before)), 2),
            "against_input": round(float(np.mean(after)), 2), "reached": round(float(np.mean(np.array(after) >= AGREED)), 3)}


def scores(pictures, references):
    return means({"psnr_y": [psnr(luma(a), luma(b)) for a, b in zip(pictures, references)],
                  "lpips_alex": distances(lpips_alex(), pictures, references, lambda x: x)})


def advised(curve, floor):
    """The place of the least LPIPS whose PSNR-Y is at least `floor`; where there is none, that of the highest PSNR-Y."""
    above = [point for point in curve if point["psnr_y"] >= floor]
    best = min(above, key=lambda point: point["lpips_alex"]) if above else max(curve, key=lambda point: point["psnr_y"])
    return best["detail"]


def block_means(pictures, side=BLOCK):
    """N×H×W → means of blocks of side×side, flat."""
    count, height, width = pictures.shape
    return pictures.reshape(count, height // side, side, width // side, side).mean(axis=(2, 4)).ravel()


def ranks(values):
    """Places in order, the mean of them for equal values."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[inverse]


def correlation(a, b):
    """Spearman's rank correlation."""
    return round(float(np.corrcoef(ranks(a), ranks(b))[0, 1]), 4)


def invention(faithful, detailed, low, truth):
    """{map: correlation with |detailed − truth|}, blocks of 16×16. `to_faithful` is the page's map (src/imaging/detail.ts); all are means at LR pixels."""
    def apart(a, b):
        return np.abs(a.astype(np.float64) - b).mean(axis=3)

    def reduced(pictures):
        count, height, width, channels = pictures.shape
        return pictures.reshape(count, height // 4, 4, width // 4, 4, channels).mean(axis=(2, 4))
    maps = {"to_faithful": block_means(apart(detailed, faithful), 4), "to_input": apart(reduced(detailed.astype(np.float64)), low).ravel()}
    maps["both"] = np.maximum(maps["to_faithful"], maps["to_input"])
    error = block_means(apart(detailed, truth))
    shape = (len(low), *low.shape[1:3])
    return {name: correlation(block_means(values.reshape(shape), BLOCK // 4), error) for name, values in maps.items()}


def run(config, out=None):
    """@returns the content of the file"""
    judge = Judge(config, as_shipped(finished_autoencoder(config)[0]))
    networks = [as_shipped(finished(config, stage, "student", build_unet(config))[0]) for stage in ("l2", "ours")]
    found = {}
    for kind in judge.cases:
        ends = [judge.decoded(judge.samples(network, kind)) for network in networks]
        floor = scores(bicubic(judge, kind), judge.set.references)
        low = judge.pictures(judge.cases[kind][0], scale=1)
        curve = [{"detail": detail, **scores(blend(*ends, detail), judge.set.references)} for detail in PLACES]
        found[kind] = {"bicubic": floor, "curve": curve, "advised": advised(curve, floor["psnr_y"]),
                       "invention": invention(*ends, low, judge.set.references),
                       "agreed": {name: agreement(end, low, judge.set.references) for name, end in zip(("l2", "ours"), ends)}}
        print(kind, found[kind], flush=True)
    save_json(found, Path(out or Path(config["runs"]) / "dial.json"))
    return found


def main(config, args):
    run(config, args.out)
