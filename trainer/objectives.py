"""Equations 2–8 of the paper, in the readings of §8. Discriminators give lists of logit maps, one per head; every head counts alike."""
import torch.nn.functional as F


def mse(a, b, weights=None):
    """@param weights of the samples; None: 1 each"""
    errors = (a - b).square()
    return errors.mean() if weights is None else (weights * errors.flatten(1).mean(1)).mean()


def mean_over_heads(maps, value=lambda logits: logits):
    """Mean of `value` over places, then over heads."""
    return sum(value(logits).mean() for logits in maps) / len(maps)


def hinge(real, fake):
    """relu(1 − D(real)) + relu(1 + D(fake)), as StyleGAN-T and ADD; the default (§8.1)."""
    return mean_over_heads(real, lambda l: F.relu(1 - l)) + mean_over_heads(fake, lambda l: F.relu(1 + l))


def cross_entropy(real, fake):
    """−log σ(D(real)) − log(1 − σ(D(fake)))."""
    return mean_over_heads(real, lambda l: F.softplus(-l)) + mean_over_heads(fake, F.softplus)


def literal(real, fake):
    """log(1 − D(real)) + log D(fake) with D = σ(logit), as eqs. 3 and 5 are printed; clamped, as it falls without bound."""
    floor = -20.0
    return mean_over_heads(real, lambda l: (-F.softplus(l)).clamp(min=floor)) + mean_over_heads(fake, lambda l: (-F.softplus(-l)).clamp(min=floor))


def linear(fake):
    """1 − D(fake) with D the logit itself, hinge's counterpart."""
    return 1 - mean_over_heads(fake)


def probability(fake):
    """1 − D(fake) with D = σ(logit)."""
    return 1 - mean_over_heads(fake, lambda l: l.sigmoid())


# L_D (eqs. 3, 5) and L^G (eqs. 4, 6: E[1 − D(fake)]) by name: D is a probability where L_D takes it for one.
ADVERSARIAL = {"hinge": (hinge, linear), "bce": (cross_entropy, probability), "literal": (literal, probability)}


def snr(diffusion):
    """(1 − η)²/(κ² η) at the last index, this process's counterpart of ᾱ/(1 − ᾱ) in eqs. 7 and 8 (§8.4)."""
    eta = float(diffusion.eta[-1])
    return (1 - eta) ** 2 / (diffusion.kappa ** 2 * eta)


def factors(weight_mode, diffusion):
    """The printed factor of eqs. 7 and 8 in three readings (§8.4): that of L_denoise, and that of all other terms."""
    factor = snr(diffusion)
    return {"none": (1.0, 1.0), "snr": (factor, factor), "unweighted-denoise": (1.0, factor)}[weight_mode]


def adaptive_weight(share, reconstruction, adversarial):
    """VQGAN's adaptive weight: makes an adversarial gradient of norm `adversarial` `share` times as long as the reconstruction's.

    Norms are scalar tensors; the result is one in [0, 1e4].
    """
    return (share * reconstruction / adversarial.clamp(min=1e-12)).clamp(0, 1e4)
