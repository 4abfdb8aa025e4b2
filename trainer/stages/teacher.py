"""Stage `teacher`: ResShift training (§1.6) on the pool: mean squared error of x̂_0 in latent space.

t is uniform over the 15 steps, but for a share that is at T: students start there, and see no other time.
"""
import numpy as np
import torch

from .. import distributed
from ..config import build_diffusion, build_unet, finished_autoencoder
from ..loop import Training
from ..pairs import Pairs
from .evaluate import Judge
from .pool import Pool


def times(rng, count, steps, last_share):
    """`count` time indices, 0 … steps − 1."""
    return torch.from_numpy(np.where(rng.random(count) < last_share, steps - 1, rng.integers(steps, size=count)))


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    torch.manual_seed(config["seed"])
    training = Training(config, {"teacher": build_unet(config)})
    if training.finished:
        return True
    pairs, diffusion, options = Pairs(Pool(config)), build_diffusion(config), training.options
    network, average = training.networks["teacher"], training.averages["teacher"]
    judge = Judge(config, finished_autoencoder(config)[0], every=options.get("validate_every", 4))

    def iterate(random):
        count = options["batch"]
        z0, zy, lr = pairs.sample(random.numpy, count, options["crop"])
        t, noise = distributed.mine(times(random.numpy, count, diffusion.steps, options["last_share"]), random.normal(count, *z0.shape[1:]))
        with training.precision.autocast():
            loss = diffusion.denoising_loss(lambda *inputs: network(*inputs).float(), z0, zy, lr, t.to(z0.device), noise).mean()
        return {"loss": loss.item(), "norm": training.descend("teacher", loss)}, count

    def evaluate():
        """One step, a regression at T; the chain is left to the stage `evaluate`."""
        judge.strip(average, training.strip_path())
        return judge.scores(average, dists=training.finished)

    return training.run(iterate, evaluate, time_budget)


def main(config, args):
    run(config, args.time_budget)
