"""Stages `l2`, `ours`, `sinsr`, `ours-conv`: a one-step student from a copy of the teacher, under the terms of its configuration.

`l2` is regression alone, `sinsr` the baseline (§4.1: distill + inverse + gt), `ours` and `ours-conv` the paper's eqs. 2–8 with the
diffusion and the convolutional G. All start from the same teacher and draw the same crops, targets and noises in the same order.
"""
import copy

import numpy as np
import torch

from .. import distributed
from ..config import build_cotrained, build_diffusion, build_unet, finished, finished_autoencoder
from ..cotraining import CoTraining, checked, with_draws
from ..features import load_features
from ..files import of_the_same
from ..loop import Training, device
from ..lpips import Lpips
from ..start import linear_fit, start_linear
from .evaluate import Judge
from .targets import Targets


def start_networks(config, targets):
    """The student as a copy of the teacher, D's on pretrained features, G as the linear reduction of the latent, or as a copy of the
    teacher where their parameters have the same shapes (§8.17)."""
    torch.manual_seed(config["seed"])
    teacher, stored = finished(config, "teacher", "teacher", build_unet(config))
    if not of_the_same(targets.progress, targets.made_of(stored)):
        raise SystemExit(f"{targets.path} is not of this teacher, pool, seed and [targets]: run the stage targets first")
    networks = {"student": copy.deepcopy(teacher).requires_grad_(True), **build_cotrained(config)}
    for network in networks.values():
        if hasattr(network, "load_features"):
            network.load_features(load_features("efficientnet-lite0"))
    start = config.get("downsampler_start", "linear")
    if start not in ("linear", "teacher"):
        raise SystemExit(f"downsampler_start is {start}; it can be linear or teacher")
    if "downsampler" in networks and start == "teacher" and config.get("downsampler", "diffusion") == "diffusion":
        networks["downsampler"].load_state_dict(teacher.state_dict())
    elif "downsampler" in networks:
        z0, zy, lr = targets.latents(np.arange(min(64, targets.done)))
        in_latents = config.get("cotrain", {}).get("downsampler_space") == "latent"
        networks["downsampler"] = start_linear(networks["downsampler"], *linear_fit(z0.cpu(), (zy if in_latents else lr).cpu()))
    return networks, teacher


def perceptual_of(training, options):
    """LPIPS as the perceptual term asks for it, or None where its weight is 0."""
    if not options["perceptual_weight"]:
        return None
    return training.precision.place(Lpips(options["perceptual_network"]).to(device()))


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    return train(config, time_budget).finished


def train(config, time_budget=None, validate=True):
    """The finished (or stopped) Training; `validate` scores it on the way and at its end."""
    targets, switches = Targets(config), checked(config.get("cotrain", {}))
    if not targets.done:
        raise SystemExit("there are no teacher samples yet: run the stage targets first")
    networks, teacher = start_networks(config, targets)
    training = Training(config, networks)
    if training.finished:
        return training
    options, diffusion = training.options, build_diffusion(config)
    autoencoder, _ = finished_autoencoder(config)
    decoder = training.precision.place(copy.deepcopy(autoencoder))
    cotraining = CoTraining(training.networks, diffusion, lambda z: decoder.decode(z).float(), config.get("cotrain", {}), training.descend,
                            perceptual_of(training, switches))
    judge = Judge(config, autoencoder, every=options.get("validate_every", 2)) if validate else None
    frozen = training.precision.place(teacher)

    def iterate(random):
        batch = targets.batch(random, options["batch"], options["window"], switches["window_margin"])
        batch = with_draws(batch, random.numpy, options["batch"], switches["discriminator_steps"])
        batch = with_flats(batch, autoencoder.encode, random, options)
        with training.precision.autocast():
            if switches["fresh_chains"]:
                batch = with_fresh_chain(batch, diffusion, frozen, random, options["batch"])
            return cotraining.iterate(batch, training.step), options["batch"]

    def evaluate():
        averages = training.averages
        judge.strip(averages["student"], training.strip_path(), averages.get("downsampler"), cotraining)
        return judge.scores(averages["student"], dists=training.finished)

    if validate and training.step == 0:
        training.measure(evaluate)
    training.run(iterate, evaluate if validate else None, time_budget)
    return training


@torch.no_grad()
def with_flats(batch, encode, random, options):
    """The batch, of whose crops a share `flat_share` are, by chance, areas of one random colour: truth, input and target are one latent.

    Photographs have few of them, and walls and skies of a student that learns from a critic take on a tint. Their errors are small beside
    a photograph's, so L_denoise has them with `flat_weight`.
    """
    share, count = options.get("flat_share", 0.0), options["batch"]
    if not share:
        return batch
    colours = torch.from_numpy(random.numpy.uniform(-1, 1, (count, 3, 1, 1))).to(batch.lr)
    colours, flat = distributed.mine(colours, torch.from_numpy(random.numpy.random(count) < share))
    if flat.any():
        batch.lr[flat], batch.x[flat] = colours[flat], colours[flat]
        latents = encode(batch.x[flat])
        for part in (batch.z0, batch.zy, batch.target):
            part[flat] = latents.to(part)
    batch.weights = torch.where(flat, options.get("flat_weight", 1.0), 1.0).to(batch.x)
    return batch


@torch.no_grad()
def with_fresh_chain(batch, diffusion, teacher, random, count):
    """The batch, this process's share of `count` crops, with a new ε and the teacher's sample for it."""
    noise, = distributed.mine(random.normal(count, *batch.zy.shape[1:]))
    batch.noise = noise
    batch.target = diffusion.deterministic_sample(lambda *inputs: teacher(*inputs).float(), diffusion.prior(batch.zy, noise), batch.zy, batch.lr)
    return batch


def main(config, args):
    run(config, args.time_budget)
