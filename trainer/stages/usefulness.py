"""Stage `usefulness`: whether pairs that G makes are good to learn from. Students of one budget, each from random weights, learn from
pairs of one kind; all are scored on LR pictures that neither any of them nor G has seen the kind of. Writes usefulness.json as `ablation`.

    row            LR of a crop x
    G              G(x, ε′) with a new ε′ each time, G of the stage `ours`
    bicubic        bicubic ×¼
    Real-ESRGAN    Real-ESRGAN's degradation, drawn anew each time

Rows share crops, noises and samples. The score's LR pictures: a motion blur at a random angle, every fourth pixel, 32 levels. None of
these three is in Real-ESRGAN's degradation, nor in what G learnt from.
"""
import numpy as np
import torch

from .. import distributed
from ..config import build_diffusion, build_unet, finished, finished_autoencoder, latent_channels, output_space, stage_config
from ..cotraining import CoTraining, quantise
from ..data import enlarge4, reduce4, to_tensor
from ..degradation import degrade, filtered
from ..downsampler import build_downsampler
from ..loop import Randomness, Training, device
from ..pairs import SIDE, Pairs
from ..validation import ValidationSet
from .ablation import run_name, run_rows
from .evaluate import Judge
from .pool import Pool

ROWS = ("G", "bicubic", "Real-ESRGAN")
KIND = "unseen"
LEVELS = 32


def motion_kernel(length, angle, side=15):
    """[side,side]: a line of `length` pixels through the middle, its sum 1."""
    kernel, middle = np.zeros((side, side)), side // 2
    for place in np.linspace(-length / 2, length / 2, 8 * side):
        kernel[int(round(middle + place * np.sin(angle))), int(round(middle + place * np.cos(angle)))] += 1
    return kernel / kernel.sum()


def unseen(x, seed):
    """LR of 1×3×H×W in [−1, 1]; everything follows from the seed."""
    rng = np.random.default_rng(seed)
    kernel = torch.from_numpy(motion_kernel(rng.uniform(5, 11), rng.uniform(0, np.pi))).float()
    low = filtered((x + 1) / 2, kernel[None])[:, :, 1::4, 1::4]
    return (low.clamp(0, 1) * (LEVELS - 1)).round() / (LEVELS - 1) * 2 - 1


class UnseenSet:
    """The validation set's pictures with LR versions of that kind alone."""

    def __init__(self, config):
        kept = ValidationSet(config)
        self.names, self.references = kept.names, kept.references
        seed = config["validation"]["seed"]
        self.low = {KIND: torch.cat([unseen(to_tensor(image[None]), [seed, index]) for index, image in enumerate(self.references)])}


def low_of(row, config, autoencoder, pairs):
    """(z0, x, random, ε′) → y of the row, 8 bit, B×3×s×s."""
    if row == "bicubic":
        return lambda z0, x, random, noise: quantise(reduce4(x))
    if row == "Real-ESRGAN":
        def degraded(z0, x, random, noise):
            places, = distributed.mine(np.arange(len(x) * distributed.world()))      # in the whole batch
            return torch.cat([degrade(part[None].cpu(), "realesrgan", [random.step, int(place)]) for place, part in zip(places, x)]).to(x)
        return degraded
    own = stage_config(config["configs"], "ours", config["settings"])
    model = build_downsampler(own.get("downsampler", "diffusion"), own["unet"], latent_channels(own), output_space(own))
    model, _ = finished(own, "ours", "downsampler", model)
    cotraining = CoTraining({}, build_diffusion(own), autoencoder.decode, own.get("cotrain", {}), None)
    return lambda z0, x, random, noise: quantise(cotraining.as_seen_lr(cotraining.reduced(model, z0, noise)))


def make(config, row, seed, time_budget):
    """The finished (or stopped) Training of a row."""
    torch.manual_seed(seed)
    training = Training({**config, "name": run_name("usefulness", row, seed), "seed": seed}, {"student": build_unet(config)})
    if training.finished:
        return training
    pairs, diffusion, options = Pairs(Pool(config)), build_diffusion(config), training.options
    autoencoder, _ = finished_autoencoder(config)
    low, network = low_of(row, config, autoencoder, pairs), training.networks["student"]

    def iterate(own):
        # Rows of one seed see the same crops and noises: nothing is drawn by the row's name.
        random, count, size = Randomness(seed, "usefulness", own.step), options["batch"], options["crop"]
        rows = random.numpy.integers(pairs.rows, size=count)
        corners = random.numpy.integers(SIDE - size + 1, size=(count, 2))
        z0, _, _ = pairs.latents(rows, corners, size)
        x = pairs.pictures(rows, corners, size)
        z0, x, noise, of_g = distributed.mine(z0, x, random.normal(*z0.shape), random.normal(*z0.shape))
        with torch.no_grad():
            y = low(z0, x, random, of_g)
            zy = autoencoder.encode(enlarge4(y))
        with training.precision.autocast():
            loss = (diffusion.one_step(network, zy, y, noise).float() - z0).square().mean()
        return {"loss": loss.item(), "norm": training.descend("student", loss)}, count

    training.run(iterate, None, time_budget)
    return training


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    def judged():
        return Judge(config, finished_autoencoder(config)[0], pictures=UnseenSet(config))
    return run_rows(config, ROWS, "usefulness", time_budget, make, judged)


def main(config, args):
    run(config, args.time_budget)
