"""Stage `cotrain`: a one-step student from a copy of the teacher, under the terms that its configuration switches on.

`sinsr.toml` is the baseline (§4.1: distill + inverse + gt), `ours.toml` and `ours-conv.toml` the paper's eqs. 2–8 with the diffusion and
the convolutional G. All start from the same teacher and draw the same crops, targets and noises in the same order.
"""
import copy

import numpy as np
import torch

from ..config import build_autoencoder, build_cotrained, build_diffusion, build_unet, finished, precision
from ..cotraining import CoTraining, with_draws
from ..data import to_uint8
from ..loop import Training
from ..start import linear_fit, start_conv_downsampler, start_unet
from ..strips import save_strip
from .evaluate import Judge
from .targets import Targets


def start_networks(config, targets):
    """The student as a copy of the teacher, G as the linear reduction of the latent, D's at random (§8.17)."""
    torch.manual_seed(config["seed"])
    teacher, _ = finished(config, "teacher", "teacher", build_unet(config))
    networks = {"student": copy.deepcopy(teacher).requires_grad_(True), **build_cotrained(config)}
    if "downsampler" in networks:
        z0, zy, lq, _ = targets.crops(np.arange(min(64, targets.done)))
        fit = linear_fit(z0, zy if config.get("cotrain", {}).get("downsampler_space") == "latent" else lq)
        start = start_conv_downsampler if config.get("downsampler") == "convolutional" else start_unet
        networks["downsampler"] = start(networks["downsampler"], *fit)
    return networks


def main(config, args):
    train(config, args.resume, args.time_budget)


def train(config, resume=False, time_budget=None):
    """Returns the finished (or stopped) Training."""
    options, targets = config["options"], Targets(config)
    if not targets.done:
        raise SystemExit("there are no teacher samples yet: run the stage targets first")
    autoencoder, _ = finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))
    training = Training(config, start_networks(config, targets))
    if resume:
        training.resume()
    cotraining = CoTraining(training.networks, build_diffusion(config), lambda z: autoencoder.decode(z).float(),
                            config.get("cotrain", {}), training.descend)
    judge = Judge(config, autoencoder, kinds=("realesrgan-test",), every=3)

    def iterate(random):
        batch = targets.batch(random, options["batch"], options["window"])
        batch = with_draws(batch, random.numpy, options["batch"], cotraining.options["discriminator_steps"])
        with precision(config):
            return cotraining.iterate(batch, training.step), options["batch"]

    def evaluate():
        networks = training.averages
        judge.strip(networks["student"], training.strip_path(), networks.get("downsampler"), cotraining)
        return judge.flat(networks["student"])

    if training.step == 0:
        training.measure(evaluate)
    training.run(iterate, evaluate, time_budget)
    return training
