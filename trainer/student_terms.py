"""The terms of eq. 7, their weights, and their gradients by the student's output. G and both D's are functions in them, not learners.

`run` is the CoTraining that they belong to.
"""
import torch

from .gradients import by_output, mse_squared_norm, norms, squared_norm
from .objectives import adaptive_weight, mse

RECONSTRUCTION = ("denoise_student", "distill", "perceptual")
ADVERSARIAL = {"g_hr": "lambda_hr", "g_lr": "lambda_lr"}


def output_terms(run, batch, latent, fake_hr, y_hat):
    """{name: (weight, value)} of the terms that are functions of the student's output."""
    o, (of_denoise, factor) = run.options, run.factors
    terms = {"denoise_student": (of_denoise * o["denoise_weight"], mse(latent, batch.z0, batch.weights)),
             "distill": (factor * o["distill_weight"], mse(latent, batch.target))}
    if o["perceptual_weight"]:
        terms["perceptual"] = (factor * o["perceptual_weight"], run.perceptual(fake_hr, run.original(batch)).float().mean())
    if "discriminator_hr" in run.networks:
        terms["g_hr"] = (factor * o["lambda_hr"], run.generator_loss(run.discriminate("discriminator_hr", batch, "hr_student", fake_hr)))
    if y_hat is not None:
        fake = run.discriminate("discriminator_lr", batch, "lr_student", run.as_seen_lr(y_hat))
        terms["g_lr"] = (factor * o["lambda_lr"], run.generator_loss(fake))
        if o["cycle"]:
            terms["cycle"] = (factor, run.downsampler_denoise(batch, y_hat))
    return terms


def input_terms(run, batch):
    """{name: (weight, value)} of SinSR's two terms that run the student on other inputs, where they are switched on (§8.11)."""
    o, (_, factor) = run.options, run.factors
    if not (o["inverse_weight"] or o["gt_weight"]):
        return {}
    values = run.diffusion.inverse_losses(run.networks["student"], batch.z0, batch.zy, batch.lr, batch.noise, batch.target)
    return {name: (factor * o[f"{name}_weight"], value.mean()) for name, value in values.items()}


def weigh(run, latent, outputs, inputs):
    """({name: weight}, {name: norm of the weighted gradient}, weighted sum of the gradients by `latent`) of the terms that count.

    Adaptive: an adversarial term's gradient is λ times as long as that of the reconstruction, whatever the factor of eq. 7.
    """
    outputs, inputs = ({name: term for name, term in terms.items() if term[0]} for terms in (outputs, inputs))
    weights = {name: weight for name, (weight, _) in {**outputs, **inputs}.items()}
    gradients = {name: by_output(value, latent) for name, (_, value) in outputs.items()}
    reconstruction = sum((weights[name] * gradients[name] for name in RECONSTRUCTION if name in gradients), torch.zeros_like(latent))
    found = norms({**{name: squared_norm(gradient) for name, gradient in gradients.items()},
                   **{name: mse_squared_norm(value, latent.numel()) for name, (_, value) in inputs.items()},
                   "reconstruction": squared_norm(reconstruction)})
    whole = found.pop("reconstruction")
    if run.options["lambda_mode"] == "adaptive":
        weights.update({name: adaptive_weight(run.options[share], whole, found[name])
                        for name, share in ADVERSARIAL.items() if name in weights})
    total = sum((weights[name] * gradient for name, gradient in gradients.items()), torch.zeros_like(latent))
    return weights, {name: float(weights[name] * norm) for name, norm in found.items()}, total
