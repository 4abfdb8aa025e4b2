"""Stage `teacher`: ResShift training (§1.6) on the pool: mean squared error of x̂_0 in latent space, t uniform over the 15 steps.

The network starts as the least-squares prediction of the latent from 3×3 LR pixels (trainer/start.py), or grows from a smaller preset's
teacher (trainer/grow.py).
"""
import numpy as np
import torch
from safetensors.torch import load_file

from .. import distributed
from ..config import build_autoencoder, build_diffusion, build_unet, finished, precision
from ..grow import grow_unet
from ..loop import Randomness, Training
from ..pairs import Pairs, size_and_count
from ..start import linear_fit, start_unet
from .evaluate import Judge
from .pool import Pool


def teacher_losses(config, pairs, diffusion, model, random):
    """(loss, samples) of one step; times and noise are drawn for the global batch."""
    size, count = size_and_count(config["options"], random.numpy)
    z0, zy, lq, _ = pairs.sample(random.numpy, count, size)
    t, noise = distributed.mine(torch.from_numpy(random.numpy.integers(diffusion.steps, size=count)),
                                random.normal(count, *z0.shape[1:]))
    with precision(config):
        errors = diffusion.denoising_loss(model, z0, zy, lq, t.to(z0.device), noise)
    return errors.mean(), count


def start(config, pairs):
    """The untrained network; `[options.grow_from]` names a smaller one's weights (`file`) and its `num_res_blocks`."""
    torch.manual_seed(config["seed"])
    model, smaller = build_unet(config), config["options"].get("grow_from")
    if smaller:
        weights = {name: value.float() for name, value in load_file(smaller["file"]).items()}
        return grow_unet(model, weights, smaller["num_res_blocks"], config["unet"]["num_res_blocks"])
    z0, _, lq, _ = pairs.sample(np.random.default_rng(config["seed"]), 200, 32)
    return start_unet(model, *linear_fit(lq, z0))


def main(config, args):
    pairs, diffusion = Pairs(Pool(config)), build_diffusion(config)
    training = Training(config, {"teacher": start(config, pairs)})
    if args.resume:
        training.resume()
    autoencoder, _ = finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))
    judge = Judge(config, autoencoder, kinds=("realesrgan-test",), every=3)

    def iterate(random):
        loss, samples = teacher_losses(config, pairs, diffusion, training.networks["teacher"], random)
        return {"loss": loss.item(), "norm_teacher": training.descend("teacher", loss)}, samples

    def evaluate():
        """One step (a regression, as t = 14 is trained with the rest); the chain is left to the stage `evaluate`."""
        judge.strip(training.averages["teacher"], training.strip_path())
        return judge.flat(training.averages["teacher"])

    if training.step == 0:
        training.measure(evaluate)
    training.run(iterate, evaluate, args.time_budget)
