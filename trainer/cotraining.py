"""One co-training iteration (§8.A) as named phases: the student, G, D_H and D_L learn, the teacher's sample is given.

    student_forward → downsample → update_discriminator_hr → update_discriminator_lr → update_student → update_downsampler

D's learn on what the student and G put out before this iteration's updates. L_L^G reaches the student through G (eq. 7); G's own update
(eq. 8) stops at the student's output (§8.15). The same names and order stand in the TypeScript trainer.
"""
from dataclasses import dataclass

import torch

from . import augment, distributed, gradients, objectives, student_terms

DEFAULTS = {
    "denoise_weight": 1.0, "distill_weight": 1.0, "inverse_weight": 0.0, "gt_weight": 0.0,
    "perceptual_weight": 0.0,                  # LPIPS of D_H's window, as ResShift's later version has it; 0 is the paper
    "perceptual_network": "vgg",               # alex, vgg
    "lambda_hr": 0.02, "lambda_lr": 0.02,      # §8.5; 1 is the paper to the letter
    "lambda_mode": "fixed",                    # fixed; adaptive: λ is a share of the reconstruction's gradient (VQGAN's weight)
    "discriminator_loss": "hinge",             # §8.1: hinge, bce, literal
    "discriminator_warmup": 0,                 # iterations in which only the D's learn
    "discriminator_steps": 1,                  # updates of each D an iteration
    "weight_mode": "none",                     # §8.4: none, snr, unweighted-denoise
    "downsampler_input": "concat",             # §8.12: concat (noise beside the latent), shift (latent + κ√η_T ε′ beside it)
    "downsampler_space": "pixels",             # §8.13: pixels (R1), latent (R2)
    "downsampler_process": "regression",       # §8.14: L_denoise of G at T alone; shifting: at random t of the shift from x̂ to y
    "hr_real": "original",                     # §8.24: original, decoded
    "window_margin": 2,                        # latent pixels around the window that the decoder sees and D_H does not
    "quantise_lr": True,                       # D_L sees y and ŷ in 8 bit, so that it can't tell floats from bytes
    "lattice_free": True,                      # §8.33: D_H and LPIPS have no say in what the latents of a block have in common
    "cycle": False,                            # §8.15: L_denoise of G also reaches the student
    "fresh_chains": False,                     # the teacher's sample for a new ε each time, instead of stored pairs (stage `targets`)
}
CHOICES = {
    "perceptual_network": ("alex", "vgg"), "lambda_mode": ("fixed", "adaptive"), "discriminator_loss": tuple(objectives.ADVERSARIAL),
    "weight_mode": ("none", "snr", "unweighted-denoise"), "downsampler_input": ("concat", "shift"),
    "downsampler_space": ("pixels", "latent"), "downsampler_process": ("regression", "shifting"), "hr_real": ("original", "decoded")}


@dataclass
class Batch:
    """The inputs of an iteration: B crops of s×s latents; `window` = (y, x, side), in pixels of x, is the part that D_H sees."""

    z0: torch.Tensor            # Enc(x), B×C×s×s
    zy: torch.Tensor            # Enc(bicubic ×4 of y)
    lr: torch.Tensor            # y in pixels, B×3×s×s
    x: torch.Tensor             # x in pixels, B×3×4s×4s
    noise: torch.Tensor         # ε of x_T, the one the target was made with
    target: torch.Tensor        # the teacher's sample from x_T
    downsampler_noise: torch.Tensor    # ε′
    window: tuple
    draws: dict                 # DiffAugment's, by the names of `draw_names`
    weights: torch.Tensor = None    # of the crops in the student's L_denoise, B; None: 1
    times: torch.Tensor = None  # uniform in [0, 1), B: the time of G's L_denoise where that is random


def draw_window(rng, size, side, margin):
    """A window (y, x, side) in pixels, of `side` in latents of `size`, where its margin fits: near the border D_H would see the frame of
    the decoder's zero padding.

    It begins at any pixel, so that the strides of D_H and of LPIPS do not lie on the latents' grid in every iteration. Without a margin,
    as in crops too small for one, it begins at whole latents: the decoder's part is equally large in every iteration."""
    side = min(side, size)
    margin = margin if size - side >= 2 * margin else 0
    step = 1 if margin else 4
    y, x = (step * int(n) for n in rng.integers(4 * margin // step, 4 * (size - side - margin) // step + 1, size=2))
    return y, x, 4 * side


def turn_name(name, turn):
    """The name of a draw for a D's update number `turn` of an iteration."""
    return f"{name}_{turn}" if turn else name


def draw_names(steps):
    """{space: names of DiffAugment's draws}: each purpose, and each of the `steps` updates of a D, has its own."""
    def updates(space):
        return [turn_name(f"{space}_{kind}", turn) for turn in range(steps) for kind in ("real", "fake")]
    return {"hr": [*updates("hr"), "hr_student"], "lr": [*updates("lr"), "lr_student", "lr_downsampler"]}


def with_draws(batch, rng, count, steps):
    """The batch with DiffAugment's draws, made for the global batch of `count`; this process keeps its rows."""
    sides = {"hr": batch.window[2], "lr": batch.lr.shape[2]}
    for space, names in draw_names(steps).items():
        for name in names:
            batch.draws[name] = distributed.mine(*augment.draw(rng, count, sides[space]))
    # Behind all others, so that these stay as they are.
    batch.times, = distributed.mine(torch.from_numpy(rng.random(count)))
    return batch


def quantise(x):
    """[−1, 1] rounded to 8 bit; the gradient passes as if nothing were rounded."""
    rounded = ((x.detach().clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1
    return x + (rounded - x.detach())


def detail(latent, side=4):
    """N×C×H×W less the means over blocks of `side`×`side` latents; H and W multiples of it."""
    blocks = latent.unflatten(3, (-1, side)).unflatten(2, (-1, side))
    return (blocks - blocks.mean((3, 5), keepdim=True)).view_as(latent)


def by_detail(latent):
    """`latent`, whose gradient is its detail: a term of it has no say in what all latents of a block have in common.

    D_H and LPIPS ask a smooth student for energy, and the cheapest is one pattern a latent: a lattice (§8.33). L_denoise and L_distill
    keep it at the truth's.
    """
    fine = detail(latent)
    return fine + (latent - fine).detach()


def checked(options):
    """DEFAULTS with `options` over them, refused with a sentence where there is no such option or value."""
    unknown = set(options) - set(DEFAULTS)
    if unknown:
        raise SystemExit(f"unknown co-training option: {', '.join(sorted(unknown))}")
    for name, choices in CHOICES.items():
        if options.get(name, choices[0]) not in choices:
            raise SystemExit(f"co-training option {name} is {options[name]}; it can be {', '.join(choices)}")
    found = {**DEFAULTS, **options}
    if found["downsampler_process"] == "shifting" and found["downsampler_input"] != "shift":
        raise SystemExit('co-training option downsampler_process is "shifting": it needs downsampler_input = "shift", which is its state at T')
    return found


class CoTraining:
    """The iteration for networks {student, downsampler?, discriminator_hr?, discriminator_lr?}; without one, its terms are left out.

    descend(name, loss) updates one network by its name and returns its gradient norm; perceptual(fake, real) gives a distance a
    picture and is needed with a `perceptual_weight` alone.
    """

    def __init__(self, networks, diffusion, decode, options, descend, perceptual=None):
        self.options = checked(options)
        self.networks, self.diffusion, self.decode, self.descend, self.perceptual = networks, diffusion, decode, descend, perceptual
        self.discriminator_loss, self.generator_loss = objectives.ADVERSARIAL[self.options["discriminator_loss"]]
        self.factors = objectives.factors(self.options["weight_mode"], diffusion)
        self.losses, self.scores, self.norms, self.term_grads = {}, {}, {}, {}

    def iterate(self, batch, step):
        """Iteration number `step`, from 0; returns {name: number to log}."""
        self.losses, self.scores, self.norms, self.term_grads = {}, {}, {}, {}
        learns = step >= self.options["discriminator_warmup"]
        with torch.set_grad_enabled(learns):
            output = self.student_forward(batch)
            latent = output.detach().requires_grad_(learns)      # a leaf: every term's gradient ends here
            y_hat = self.downsample(batch, latent) if "downsampler" in self.networks else None
            decodes = "discriminator_hr" in self.networks or self.options["perceptual_weight"]
            seen = by_detail(latent) if self.options["lattice_free"] else latent
            fake_hr = self.decoded(batch, seen) if decodes else None
        if "discriminator_hr" in self.networks:
            self.update_discriminator_hr(batch, fake_hr.detach())
        if y_hat is not None:
            self.update_discriminator_lr(batch, y_hat.detach())
        if learns:
            self.update_student(batch, output, latent, fake_hr, y_hat)
            if y_hat is not None:
                self.update_downsampler(batch, latent.detach(), y_hat)
        return self.row()

    def row(self):
        whole = sum(self.term_grads.values()) or 1.0
        return {**self.losses, **self.scores, **{f"norm_{name}": value for name, value in self.norms.items()},
                **{f"grad_{name}": value for name, value in self.term_grads.items()},
                **{f"share_{name}": value / whole for name, value in self.term_grads.items()}}

    def student_forward(self, batch):
        """x̂_φ(x_T, y, T): one step from x_T = z_y + κ√η_T ε."""
        return self.diffusion.one_step(self.networks["student"], batch.zy, batch.lr, batch.noise).float()

    def downsample(self, batch, latent):
        return self.reduced(self.networks["downsampler"], latent, batch.downsampler_noise)

    def reduced(self, network, latent, noise):
        """ŷ = G(concat(ε̃, x̂)) at the last time index; ε̃ has the statistics of the slot it takes (§8.12)."""
        d, last = self.diffusion, self.diffusion.steps - 1
        noise = d.kappa * float(d.sqrt_eta[-1]) * noise
        if self.options["downsampler_input"] == "shift":
            noise = latent + noise
        return network(noise / float(d.input_std[-1]), d.times(last, latent), latent).float()

    def decoded(self, batch, latent):
        """The window of a latent in pixels. The decoder sees a margin around it, as far as the latent reaches: D_H would otherwise
        see the frame that the decoder's zero padding makes."""
        (y, x, side), margin = batch.window, self.options["window_margin"]
        top, left = max(0, y // 4 - margin), max(0, x // 4 - margin)
        bottom, right = (start // 4 + side // 4 + max(margin, start % 4 > 0) for start in (y, x))
        picture = self.decode(latent[:, :, top:bottom, left:right])
        top, left = y - 4 * top, x - 4 * left
        return picture[:, :, top:top + side, left:left + side]

    def original(self, batch):
        """The window of x₀ itself."""
        y, x, side = batch.window
        return batch.x[:, :, y:y + side, x:x + side]

    def real_hr(self, batch):
        """D_H's real pictures: x₀ itself, or as the decoder would show it (§8.24)."""
        if self.options["hr_real"] == "original":
            return self.original(batch)
        with torch.no_grad():
            return self.decoded(batch, batch.z0)

    def as_seen_lr(self, y_hat):
        """G's output as D_L sees it: R1 is pixels already; R2 is decoded and reduced to LR by area."""
        return y_hat if self.options["downsampler_space"] == "pixels" else torch.nn.functional.avg_pool2d(self.decode(y_hat), 4)

    def discriminate(self, name, batch, draws, x):
        if name == "discriminator_lr" and self.options["quantise_lr"]:
            x = quantise(x)
        return [logits.float() for logits in self.networks[name](augment.augment(x, batch.draws[draws]))]

    def update_discriminator(self, side, batch, real, fake):
        """`discriminator_steps` updates on the same pictures; what is logged is the last one's."""
        name = f"discriminator_{side}"
        for turn in range(self.options["discriminator_steps"]):
            self.networks[name].advance()
            of_real = self.discriminate(name, batch, turn_name(f"{side}_real", turn), real)
            of_fake = self.discriminate(name, batch, turn_name(f"{side}_fake", turn), fake)
            loss = self.discriminator_loss(of_real, of_fake)
            self.scores.update({f"{side}_real": objectives.mean_over_heads(of_real).item(),
                                f"{side}_fake": objectives.mean_over_heads(of_fake).item()})
            self.losses[f"d_{side}"], self.norms[name] = loss.item(), self.descend(name, loss)
            torch.clear_autocast_cache()      # it holds the weights from before the update

    def update_discriminator_hr(self, batch, fake):
        """Eq. 3."""
        self.update_discriminator("hr", batch, self.real_hr(batch), fake)

    def update_discriminator_lr(self, batch, fake):
        """Eq. 5."""
        self.update_discriminator("lr", batch, batch.lr, self.as_seen_lr(fake))

    def lr_target(self, batch):
        """y in the space of G's output."""
        return batch.lr if self.options["downsampler_space"] == "pixels" else batch.zy

    def downsampler_denoise(self, batch, y_hat):
        """L_denoise of G: against y, in the space of its output (§8.14)."""
        return objectives.mse(y_hat, self.lr_target(batch))

    def shifting_denoise(self, batch, latent):
        """L_denoise of G as a diffusion model of y given x̂ (§8.14): ResShift's process with the ends changed over, its state
        z_y + η_t (x̂ − z_y) + κ√η_t ε′ at a random t a sample; at T that is what `shift` puts in. @param latent x̂, a constant"""
        d = self.diffusion
        t = (batch.times.to(latent) * d.steps).long()
        state = d.scale(d.q_sample(batch.zy, latent, t, batch.downsampler_noise), t)
        return objectives.mse(self.networks["downsampler"](state, t, latent).float(), self.lr_target(batch))

    def update_student(self, batch, output, latent, fake_hr, y_hat):
        """Eq. 7, its gradient in two parts: of each term by the student's output, then of all of them once through the student."""
        outputs, inputs = student_terms.output_terms(self, batch, latent, fake_hr, y_hat), student_terms.input_terms(self, batch)
        weights, self.term_grads, gradient = student_terms.weigh(self, latent, outputs, inputs)
        values = {name: value for name, (_, value) in {**outputs, **inputs}.items()}
        self.losses.update({name: value.item() for name, value in values.items()})
        self.losses["student"] = sum(float(weight) * self.losses[name] for name, weight in weights.items())
        # A surrogate loss ⟨x̂, ∂L/∂x̂⟩: its gradient by φ is that of the output terms (a vector–Jacobian product).
        loss = (output * gradient).sum() + sum(weights[name] * values[name] for name in inputs if name in weights)
        self.norms["student"] = self.descend("student", loss)

    def update_downsampler(self, batch, latent, y_hat):
        """Eq. 8, from the student's output as it was: no gradient reaches the student. Adaptive: λ_L is a share here, too, of
        L_denoise's gradient by ŷ."""
        fake = self.discriminate("discriminator_lr", batch, "lr_downsampler", self.as_seen_lr(y_hat))
        shifting = self.options["downsampler_process"] == "shifting"
        denoise = self.shifting_denoise(batch, latent) if shifting else self.downsampler_denoise(batch, y_hat)
        adversarial = self.generator_loss(fake)
        of_denoise, factor = self.factors
        weight = factor * self.options["lambda_lr"]
        if self.options["lambda_mode"] == "adaptive":
            # By G's output of its own pass, whose time is another where that is random.
            of_shift = gradients.mse_squared_norm(of_denoise ** 2 * denoise, y_hat.numel())
            squares = {"denoise": of_shift if shifting else gradients.squared_norm(gradients.by_output(of_denoise * denoise, y_hat)),
                       "adversarial": gradients.squared_norm(gradients.by_output(adversarial, y_hat))}
            found = gradients.norms(squares)
            weight = objectives.adaptive_weight(self.options["lambda_lr"], found["denoise"], found["adversarial"])
        loss = of_denoise * denoise + weight * adversarial
        self.losses.update(denoise_downsampler=denoise.item(), g_lr_downsampler=adversarial.item(), downsampler=loss.item())
        self.norms["downsampler"] = self.descend("downsampler", loss)
