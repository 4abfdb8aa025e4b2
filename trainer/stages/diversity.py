"""Stage `diversity`: what G does to a picture beside what the degradation does to it: spread over ε′, blur, noise, JPEG's blocks (§8.12).

For the validation set's pictures x: rows `degradation` (y, K draws of the degradation), and for each finished student with a G
(ŷ = G(concat(ε̃, x̂)), K draws of ε′ at one x̂). Writes diversity.json: {row: {"std": …, …}}, means over the pictures.
"""
from pathlib import Path

import numpy as np
import torch

from ..config import build_diffusion, build_unet, finished, finished_autoencoder, latent_channels, output_space, stage_config
from ..cotraining import CoTraining
from ..data import reduce4, to_tensor, to_uint8
from ..degradation import degrade
from ..downsampler import build_downsampler
from ..files import save_json
from ..fidelity import luma
from ..loop import device
from . import variants
from .ablation import run_config
from .evaluate import Judge, as_shipped, noise_like

DRAWS = 8
KIND = "realesrgan-test"
BLURS = np.arange(0, 2.01, 0.1)       # LR pixels
ROWS = {"ours": "ours, diffusion G", "ours-conv": "ours, convolutional G"}


def spread(draws):
    """[K,N,H,W] lumas of K draws → the mean over pixels of their standard deviation, in 8-bit levels, and the shares of that variance
    below a third, between a third and two thirds, and beyond two thirds of the highest frequency of an axis."""
    varied = draws - draws.mean(0)
    power = (np.abs(np.fft.fft2(varied)) ** 2).mean((0, 1))
    frequency = np.maximum(*np.meshgrid(*(np.abs(np.fft.fftfreq(side)) * 2 for side in power.shape), indexing="ij"))
    bands = [power[(frequency > low) & (frequency <= low + 1 / 3)].sum() for low in (0, 1 / 3, 2 / 3)]
    return {"std": varied.std(0, ddof=1).mean(), **{name: band / max(sum(bands), 1e-12) for name, band in zip(("low", "middle", "high"), bands)}}


def blurred(pictures, sigma):
    """[N,H,W] by a Gaussian of `sigma` pixels, in Fourier space."""
    y, x = (np.fft.fftfreq(side)[:, None] if axis == 0 else np.fft.fftfreq(side) for axis, side in enumerate(pictures.shape[1:]))
    return np.fft.ifft2(np.fft.fft2(pictures) * np.exp(-2 * (np.pi * sigma) ** 2 * (y ** 2 + x ** 2))).real


def blur(pictures, sharp):
    """Mean σ of the Gaussian that brings the bicubic reduction `sharp` closest to each of [N,H,W]."""
    errors = [((blurred(sharp, sigma) - pictures) ** 2).mean((1, 2)) for sigma in BLURS]
    return BLURS[np.argmin(errors, axis=0)].mean()


def noise(pictures):
    """Mean standard deviation of the noise in 8-bit levels, by Immerkær's difference of two Laplacians; detail counts a little as noise."""
    c = pictures
    laplacian = (4 * c[:, 1:-1, 1:-1] - 2 * (c[:, :-2, 1:-1] + c[:, 2:, 1:-1] + c[:, 1:-1, :-2] + c[:, 1:-1, 2:])
                 + c[:, :-2, :-2] + c[:, :-2, 2:] + c[:, 2:, :-2] + c[:, 2:, 2:])
    return np.sqrt(np.pi / 2) / 6 * np.abs(laplacian).mean()


def blockiness(pictures):
    """Steps across the borders of JPEG's blocks of 8 pixels over the steps elsewhere; 1 without blocks."""
    ratios = []
    for lines in (pictures, pictures.swapaxes(1, 2)):
        steps = np.abs(np.diff(lines, axis=2)).mean((0, 1))
        border = np.arange(len(steps)) % 8 == 7
        ratios.append(steps[border].mean() / steps[~border].mean())
    return np.mean(ratios)


def described(draws, low, sharp):
    """The figures of a row: `draws` [K,N,H,W], the LR pictures `low` and the bicubic reductions `sharp` [N,H,W], all lumas."""
    first = draws[0]
    figures = {**spread(draws), "rms": np.sqrt(((draws - low) ** 2).mean()), "blur": blur(first, sharp), "noise": noise(first),
               "blockiness": blockiness(first)}
    return {name: round(float(value), 4) for name, value in figures.items()}


def lumas(pictures):
    """uint8 N×H×W×3 → N×H×W."""
    return np.stack([luma(picture) for picture in pictures])


@torch.no_grad()
def downsampled(own, judge, autoencoder):
    """[K,N,H,W] lumas of ŷ: K draws of ε′ at the x̂ of the run's student. @param own the run's configuration"""
    stage = own["name"]
    student = as_shipped(finished(own, stage, "student", build_unet(own))[0])
    model = build_downsampler(own.get("downsampler", "diffusion"), own["unet"], latent_channels(own), output_space(own))
    model = as_shipped(finished(own, stage, "downsampler", model)[0])
    cotraining = CoTraining({}, build_diffusion(own), autoencoder.decode, own.get("cotrain", {}), None)
    latents = judge.samples(student, KIND)
    draws = []
    for turn in range(DRAWS):
        pictures = [judge.pictures(cotraining.as_seen_lr(cotraining.reduced(model, z, noise_like(z, 1000 * turn + part))), scale=1)
                    for part, z in enumerate(latents.split(4))]
        draws.append(lumas(np.concatenate(pictures)))
    return np.stack(draws)


def runs_with_g(config):
    """{row: configuration} of all that may have a G: the shipped ones, and the variants with other readings of it beside their own ours."""
    short = stage_config(config["configs"], "variants", config["settings"])
    readings = ["ours", *(row for row in variants.ROWS if row.endswith(" G"))]
    return {**{row: stage_config(config["configs"], stage, config["settings"]) for stage, row in ROWS.items()},
            **{f"{row} (short run)": run_config(short, row, seed, variants.ROWS, "variants")
               for row in readings for seed in short.get("seeds", [])[:1]}}


def run(config, time_budget=None):
    autoencoder = as_shipped(finished_autoencoder(config)[0])
    judge = Judge(config, autoencoder)
    references = [to_tensor(image[None]) for image in judge.set.references]
    sharp, low = (lumas(to_uint8(x)) for x in (torch.cat([reduce4(x) for x in references]), judge.set.low[KIND]))
    # Other seeds than the validation set's: y itself is not among the draws.
    again = [lumas(to_uint8(torch.cat([degrade(x, KIND, [config["validation"]["seed"], 1 + turn, index])
                                       for index, x in enumerate(references)]))) for turn in range(DRAWS)]
    rows = {"degradation": described(np.stack(again), low, sharp)}
    for row, own in runs_with_g(config).items():
        if (Path(config["runs"]) / f"{own['name']}.pt").exists():
            rows[row] = described(downsampled(own, judge, autoencoder), low, sharp)
    for row, figures in rows.items():
        print(f"{row:22}", "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)
    save_json({"kind": KIND, "draws": DRAWS, "pictures": len(low), "rows": rows}, Path(config["runs"]) / "diversity.json")
    return True


def main(config, args):
    run(config)
