"""One co-training iteration (spec §8.A) as named phases: the student, G, D_H and D_L learn, the teacher's sample is given.

    student_forward → downsample → update_discriminator_hr → update_discriminator_lr → update_student → update_downsampler

D's learn on what the student and G put out before this iteration's updates. L_L^G reaches the student through G (eq. 7); G's own update
(eq. 8) stops at the student's output (§8.15). The same names and order stand in the TypeScript trainer.
"""
from dataclasses import dataclass

import torch

from . import augment, objectives

DEFAULTS = {
    "denoise_weight": 1.0, "distill_weight": 1.0, "inverse_weight": 0.0, "gt_weight": 0.0,
    "lambda_hr": 0.02, "lambda_lr": 0.02,      # §8.5; 1 is the paper to the letter
    "discriminator_loss": "hinge",             # §8.1: hinge, bce, literal
    "weight_mode": "none",                     # §8.4: none, snr
    "downsampler_input": "concat",             # §8.12: concat (noise beside the latent), shift (latent + κ√η_T ε′ beside it)
    "downsampler_space": "pixels",             # §8.13: pixels (R1), latent (R2)
    "hr_real": "decoded",                      # §8.24: decoded, original
    "cycle": False,                            # §8.15: L_denoise of G also reaches the student
}


@dataclass
class Batch:
    """What an iteration sees: B crops of s×s latents; `window` = (y, x, side) is the part of the latent that D_H sees decoded."""

    z0: torch.Tensor            # Enc(x), B×C×s×s
    zy: torch.Tensor            # Enc(bicubic ×4 of y)
    lq: torch.Tensor            # y in pixels, B×3×s×s
    x: torch.Tensor             # x in pixels, B×3×4s×4s
    noise: torch.Tensor         # ε of x_T, the one the target was made with
    target: torch.Tensor        # the teacher's sample from x_T
    downsampler_noise: torch.Tensor    # ε′
    window: tuple
    draws: dict                 # DiffAugment: hr_real, hr_fake, hr_student, lr_real, lr_fake, lr_student, lr_downsampler


class CoTraining:
    """The iteration for networks {student, downsampler?, discriminator_hr?, discriminator_lr?}; without one, its terms are left out.

    descend(name, loss, keep_graph) updates one network by its name and returns its gradient norm.
    """

    def __init__(self, networks, diffusion, decode, options, descend):
        unknown = set(options) - set(DEFAULTS)
        if unknown:
            raise SystemExit(f"unknown co-training option: {', '.join(sorted(unknown))}")
        self.networks, self.diffusion, self.decode, self.descend = networks, diffusion, decode, descend
        self.options = {**DEFAULTS, **options}
        self.discriminator_loss = objectives.DISCRIMINATOR_LOSSES[self.options["discriminator_loss"]]
        self.scale = objectives.snr(diffusion) if self.options["weight_mode"] == "snr" else 1.0
        self.losses, self.scores, self.norms = {}, {}, {}

    def iterate(self, batch):
        self.losses, self.scores, self.norms = {}, {}, {}
        latent = self.student_forward(batch)
        low = self.downsample(batch, latent) if "downsampler" in self.networks else None
        fake_hr = self.decode(self.windowed(batch, latent)) if "discriminator_hr" in self.networks else None
        if fake_hr is not None:
            self.update_discriminator_hr(batch, fake_hr.detach())
        if low is not None:
            self.update_discriminator_lr(batch, low.detach())
        self.update_student(batch, latent, fake_hr, low)
        if low is not None:
            self.update_downsampler(batch, low)
        return {**self.losses, **self.scores, **{f"norm_{name}": value for name, value in self.norms.items()}}

    def student_forward(self, batch):
        """x̂_φ(x_T, y, T): one step from x_T = z_y + κ√η_T ε."""
        return self.diffusion.one_step(self.networks["student"], batch.zy, batch.lq, batch.noise).float()

    def downsample(self, batch, latent):
        return self.reduced(self.networks["downsampler"], latent, batch.downsampler_noise)

    def reduced(self, network, latent, noise):
        """ŷ = G(concat(ε̃, x̂)) at the last time index; ε̃ has the statistics of the slot it takes (§8.12)."""
        d, last = self.diffusion, self.diffusion.steps - 1
        noise = d.kappa * float(d.sqrt_eta[-1]) * noise
        if self.options["downsampler_input"] == "shift":
            noise = latent + noise
        return network(noise / float(d.input_std[-1]), d.times(last, latent), latent).float()

    def windowed(self, batch, latent):
        y, x, side = batch.window
        return latent[:, :, y:y + side, x:x + side]

    def real_hr(self, batch):
        """What D_H takes for real: x₀ as the decoder would show it, or x₀ itself (§8.24)."""
        if self.options["hr_real"] == "decoded":
            with torch.no_grad():
                return self.decode(self.windowed(batch, batch.z0))
        y, x, side = (4 * n for n in batch.window)
        return batch.x[:, :, y:y + side, x:x + side]

    def as_seen_lr(self, low):
        """G's output as D_L sees it: R1 is pixels already; R2 is decoded and reduced to LR by area."""
        if self.options["downsampler_space"] == "pixels":
            return low
        return torch.nn.functional.avg_pool2d(self.decode(low), 4)

    def discriminate(self, name, batch, draws, x):
        return [logits.float() for logits in self.networks[name](augment.augment(x, batch.draws[draws]))]

    def update_discriminator(self, side, batch, real, fake):
        name = f"discriminator_{side}"
        self.networks[name].advance()
        real, fake = self.discriminate(name, batch, f"{side}_real", real), self.discriminate(name, batch, f"{side}_fake", fake)
        loss = self.discriminator_loss(real, fake)
        self.scores[f"{side}_real"], self.scores[f"{side}_fake"] = (objectives.mean_logit(maps).item() for maps in (real, fake))
        self.losses[f"d_{side}"], self.norms[name] = loss.item(), self.descend(name, loss)

    def update_discriminator_hr(self, batch, fake):
        """Eq. 3."""
        self.update_discriminator("hr", batch, self.real_hr(batch), fake)

    def update_discriminator_lr(self, batch, fake):
        """Eq. 5."""
        self.update_discriminator("lr", batch, batch.lq, self.as_seen_lr(fake))

    def downsampler_denoise(self, batch, low):
        """L_denoise of G: against y, in the space of its output (§8.14)."""
        return objectives.mse(low, batch.lq if self.options["downsampler_space"] == "pixels" else batch.zy)

    def student_terms(self, batch, latent, fake_hr, low):
        """{name: (weight, value)} of eq. 7, and SinSR's two others where they are switched on (§8.11)."""
        o = self.options
        terms = {"denoise_student": (o["denoise_weight"], objectives.mse(latent, batch.z0)),
                 "distill": (o["distill_weight"], objectives.mse(latent, batch.target))}
        if fake_hr is not None:
            terms["g_hr"] = (o["lambda_hr"], objectives.generator(self.discriminate("discriminator_hr", batch, "hr_student", fake_hr)))
        if low is not None:
            fake = self.discriminate("discriminator_lr", batch, "lr_student", self.as_seen_lr(low))
            terms["g_lr"] = (o["lambda_lr"], objectives.generator(fake))
            if o["cycle"]:
                terms["cycle"] = (1.0, self.downsampler_denoise(batch, low))
        if o["inverse_weight"] or o["gt_weight"]:
            more = self.diffusion.inverse_losses(self.networks["student"], batch.z0, batch.zy, batch.lq, batch.noise, batch.target)
            terms.update({name: (o[f"{name}_weight"], value.mean()) for name, value in more.items()})
        return terms

    def update_student(self, batch, latent, fake_hr, low):
        """Eq. 7; G and both D's are functions here, not learners."""
        terms = self.student_terms(batch, latent, fake_hr, low)
        loss = self.scale * sum(weight * value for weight, value in terms.values() if weight)
        self.losses.update({name: value.item() for name, (_, value) in terms.items()}, student=loss.item())
        self.norms["student"] = self.descend("student", loss, keep_graph=low is not None)

    def update_downsampler(self, batch, low):
        """Eq. 8. The gradient is taken for G's parameters alone, so it does not reach the student."""
        fake = self.discriminate("discriminator_lr", batch, "lr_downsampler", self.as_seen_lr(low))
        denoise, adversarial = self.downsampler_denoise(batch, low), objectives.generator(fake)
        loss = self.scale * (denoise + self.options["lambda_lr"] * adversarial)
        self.losses.update(denoise_downsampler=denoise.item(), g_lr_downsampler=adversarial.item(), downsampler=loss.item())
        self.norms["downsampler"] = self.descend("downsampler", loss)
