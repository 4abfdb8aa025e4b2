"""`python -m trainer dial [--out FILE]`: the detail dial's curve: blends of the pictures of `l2` and of `ours` on the validation set.

Writes {kind: {"bicubic": scores, "curve": [{"detail": 0 … 100, psnr_y, lpips_alex}], "advised": detail}}. Advised is the least LPIPS among
the places whose PSNR-Y is not below bicubic's; below it everywhere, the place of the highest PSNR-Y.
"""
from pathlib import Path

import numpy as np

from ..config import build_unet, finished, finished_autoencoder
from ..fidelity import luma, psnr
from ..files import save_json
from ..metrics import distances, lpips_alex, means
from .evaluate import Judge, as_shipped, bicubic

PLACES = range(0, 101, 10)


def blend(faithful, detailed, detail):
    """uint8 pictures as the page blends them (src/imaging/detail.ts)."""
    faithful, detailed = faithful.astype(np.float64), detailed.astype(np.float64)
    return np.rint(faithful + detail / 100 * (detailed - faithful)).astype(np.uint8)


def scores(pictures, references):
    return means({"psnr_y": [psnr(luma(a), luma(b)) for a, b in zip(pictures, references)],
                  "lpips_alex": distances(lpips_alex(), pictures, references, lambda x: x)})


def advised(curve, floor):
    """The place of the least LPIPS whose PSNR-Y is at least `floor`; where there is none, that of the highest PSNR-Y."""
    above = [point for point in curve if point["psnr_y"] >= floor]
    best = min(above, key=lambda point: point["lpips_alex"]) if above else max(curve, key=lambda point: point["psnr_y"])
    return best["detail"]


def run(config, out=None):
    """@returns the content of the file"""
    judge = Judge(config, as_shipped(finished_autoencoder(config)[0]))
    networks = [as_shipped(finished(config, stage, "student", build_unet(config))[0]) for stage in ("l2", "ours")]
    found = {}
    for kind in judge.cases:
        ends = [judge.decoded(judge.samples(network, kind)) for network in networks]
        floor = scores(bicubic(judge, kind), judge.set.references)
        curve = [{"detail": detail, **scores(blend(*ends, detail), judge.set.references)} for detail in PLACES]
        found[kind] = {"bicubic": floor, "curve": curve, "advised": advised(curve, floor["psnr_y"])}
        print(kind, found[kind], flush=True)
    save_json(found, Path(out or Path(config["runs"]) / "dial.json"))
    return found


def main(config, args):
    run(config, args.out)
