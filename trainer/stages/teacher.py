"""Stage `teacher`: ResShift training (§1.6) on the pool: mean squared error of x̂_0 in latent space, t uniform over the 15 steps.

The network starts as the least-squares prediction of the latent from 3×3 LR pixels (trainer/start.py).
"""
import numpy as np
import torch
import torch.nn.functional as F

from ..config import build_autoencoder, build_diffusion, build_unet, finished
from ..loop import Randomness, Training
from ..pairs import Pairs, size_and_count
from ..start import start_unet
from .evaluate import Judge, precision
from .pool import Pool


def linear_fit(pairs, rng, rows=200):
    """Least squares of z0 on the 3×3 LR neighbourhood: weight [C,3,3,3], bias [C]."""
    z0, _, lq = pairs.sample(rng, rows, 32)
    patches = F.unfold(lq, 3).transpose(1, 2).flatten(0, 1).double()              # inner positions only
    target = z0[:, :, 1:-1, 1:-1].flatten(2).transpose(1, 2).flatten(0, 1).double()
    design = torch.cat([patches, torch.ones_like(patches[:, :1])], dim=1)
    ridge = 1e-4 * len(design) * torch.eye(28, dtype=design.dtype, device=design.device)
    solution = torch.linalg.solve(design.t() @ design + ridge, design.t() @ target).float()
    return solution[:-1].t().reshape(-1, 3, 3, 3), solution[-1]


def teacher_losses(pairs, diffusion, options):
    def losses_of(model, random):
        size, count = size_and_count(options, random.numpy)
        z0, zy, lq = pairs.sample(random.numpy, count, size)
        t = torch.from_numpy(random.numpy.integers(diffusion.steps, size=count)).to(z0.device)
        with torch.autocast(z0.device.type, torch.bfloat16, enabled=options.get("bf16", False)):
            errors = diffusion.denoising_loss(model, z0, zy, lq, t, random.normal(*z0.shape))
        return errors.mean(), {}, count
    return losses_of


def main(config, args):
    options = config["stage"]["teacher"]
    torch.manual_seed(config["seed"])
    pairs = Pairs(Pool(config))
    network = start_unet(build_unet(config), *linear_fit(pairs, np.random.default_rng(config["seed"])))
    training = Training(config, "teacher", network)
    if args.resume:
        training.resume()
    autoencoder, _ = finished(config, "autoencoder-final", build_autoencoder(config))
    with precision(config):
        judge = Judge(config, autoencoder, kinds=("realesrgan-test",), every=3)

    def evaluate(model):
        """One step (a regression, as t = 14 is trained with the rest) every time; the chain is left to `evaluate`."""
        with precision(config):
            return {f"one_step {kind} {name}": value for kind, row in judge(model).items() for name, value in row.items()}

    if training.step == 0:
        training.measure(evaluate)
    training.run(teacher_losses(pairs, build_diffusion(config), options), evaluate, args.time_budget)
