"""Equations 2–8 of the paper, in the readings of spec §8. Discriminators give lists of logit maps, one per head; every head counts alike."""
import torch.nn.functional as F


def mse(a, b):
    return (a - b).square().mean()


def mean_logit(maps):
    """Mean over places, then over heads."""
    return sum(logits.mean() for logits in maps) / len(maps)


def hinge(real, fake):
    """relu(1 − D(real)) + relu(1 + D(fake)), as StyleGAN-T and ADD; the default (§8.1)."""
    return sum(F.relu(1 - r).mean() + F.relu(1 + f).mean() for r, f in zip(real, fake)) / len(real)


def cross_entropy(real, fake):
    """−log σ(D(real)) − log(1 − σ(D(fake)))."""
    return sum(F.softplus(-r).mean() + F.softplus(f).mean() for r, f in zip(real, fake)) / len(real)


def literal(real, fake):
    """log(1 − D(real)) + log D(fake) with D = σ(logit), as eqs. 3 and 5 are printed; clamped, as it falls without bound."""
    floor = -20.0
    return sum((-F.softplus(r)).clamp(min=floor).mean() + (-F.softplus(-f)).clamp(min=floor).mean()
               for r, f in zip(real, fake)) / len(real)


DISCRIMINATOR_LOSSES = {"hinge": hinge, "bce": cross_entropy, "literal": literal}


def generator(fake):
    """1 − D(fake), eqs. 4 and 6."""
    return 1 - mean_logit(fake)


def snr(diffusion):
    """(1 − η)²/(κ² η) at the last index, this process's counterpart of ᾱ/(1 − ᾱ) in eqs. 7 and 8 (§8.4)."""
    eta = float(diffusion.eta[-1])
    return (1 - eta) ** 2 / (diffusion.kappa ** 2 * eta)
