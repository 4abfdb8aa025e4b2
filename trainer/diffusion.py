"""The ResShift process in latent space (§1) and the training losses (§1.6, §4.1).

x_0 is the latent of the HR picture, y that of the bicubically enlarged LR picture; the network f(S_t(x_t), t, lr) puts out x̂_0.
Indices run 0..T−1 and are the paper's t−1; the network gets the index itself.
"""
import math

import torch


class Diffusion:
    """Tables in float64: sqrt_eta, eta, posterior (c_t, c_0, variance) and the deterministic step's (k, m, j)."""

    def __init__(self, steps=15, kappa=2.0, power=0.3, etas_end=0.99, min_noise_level=0.04):
        self.steps, self.kappa = steps, kappa
        first = min(min_noise_level / kappa, min_noise_level)
        place = (torch.arange(steps, dtype=torch.float64) / (steps - 1)) ** power * (steps - 1)
        self.sqrt_eta = first * math.exp(math.log(etas_end / first) / (steps - 1)) ** place
        self.eta = self.sqrt_eta ** 2
        previous = torch.cat([torch.zeros(1, dtype=torch.float64), self.eta[:-1]])
        alpha = self.eta - previous
        self.posterior_x, self.posterior_x0 = previous / self.eta, alpha / self.eta
        self.posterior_variance = kappa ** 2 * previous / self.eta * alpha
        root = (previous * self.eta).sqrt()
        self.m = (previous / self.eta).sqrt()
        self.k = 1 - previous + root - self.m
        self.j = previous - root
        self.input_std = (kappa ** 2 * self.eta + 1).sqrt()

    def at(self, table, t, like):
        """Table entries for times [B] as B×1×1×1 of `like`'s type."""
        return table.to(like.device)[t].to(like.dtype).view(-1, 1, 1, 1)

    def times(self, index, like):
        return torch.full((like.shape[0],), index, dtype=torch.long, device=like.device)

    def q_sample(self, x0, y, t, noise):
        """x_t = x_0 + η_t (y − x_0) + κ √η_t ε (§1.3)."""
        return x0 + self.at(self.eta, t, x0) * (y - x0) + self.kappa * self.at(self.sqrt_eta, t, x0) * noise

    def prior(self, y, noise):
        """x_T = y + κ √η_T ε."""
        return y + self.kappa * float(self.sqrt_eta[-1]) * noise

    def scale(self, x, t):
        """S_t: the noisy latent over √(κ² η_t + 1) (§1.5)."""
        return x / self.at(self.input_std, t, x)

    def predict(self, network, x, index, lr):
        t = self.times(index, x)
        return network(self.scale(x, t), t, lr)

    def deterministic_step(self, x, x0_hat, y, index):
        """x_{t−1} = k x̂_0 + m x_t + j y, eq. (1) of the paper (§1.4)."""
        return float(self.k[index]) * x0_hat + float(self.m[index]) * x + float(self.j[index]) * y

    def ancestral_step(self, x, x0_hat, index, noise):
        """ResShift's stochastic step (§1.3); index 0 adds no noise."""
        mean = float(self.posterior_x[index]) * x + float(self.posterior_x0[index]) * x0_hat
        return mean + float(self.posterior_variance[index]) ** 0.5 * noise if index else mean

    def deterministic_sample(self, network, x, y, lr):
        """The teacher's chain from x_T to its last x̂_0."""
        for index in reversed(range(self.steps)):
            x = self.deterministic_step(x, self.predict(network, x, index, lr), y, index)
        return x

    def ancestral_sample(self, network, x, lr, noise_of):
        """ResShift's sampler; noise_of(index) draws the noise of each step."""
        for index in reversed(range(self.steps)):
            x = self.ancestral_step(x, self.predict(network, x, index, lr), index, noise_of(index) if index else None)
        return x

    def one_step(self, network, y, lr, noise):
        """SinSR inference (§1.9): the first x̂_0 from x_T."""
        return self.predict(network, self.prior(y, noise), self.steps - 1, lr)

    def denoising_loss(self, network, x0, y, lr, t, noise):
        """ResShift: mean squared error of x̂_0 per sample, [B] (§1.6)."""
        x0_hat = network(self.scale(self.q_sample(x0, y, t, noise), t), t, lr)
        return (x0_hat - x0).square().mean(dim=(1, 2, 3))

    def distill_loss(self, network, y, lr, noise, target):
        """SinSR's first loss per sample: one step against the teacher's chain from the same noise."""
        return (target - self.one_step(network, y, lr, noise)).square().mean(dim=(1, 2, 3))

    def inverse_losses(self, network, x0, y, lr, noise, target):
        """SinSR's other two losses per sample: back from the teacher's result to x_T, and from x_0 to itself by way of x̃_T.

        Time 0 asks for x_T; its input is scaled with the deviation of time T−1 all the same (§4.1).
        """
        last = self.times(self.steps - 1, x0)
        first = torch.zeros_like(last)
        inverse = network(self.scale(target, last), first, lr)
        with torch.no_grad():
            inverted = network(self.scale(x0, last), first, lr)
        again = network(self.scale(inverted, last), last, lr)
        return {"inverse": (self.prior(y, noise) - inverse).square().mean(dim=(1, 2, 3)),
                "gt": (x0 - again).square().mean(dim=(1, 2, 3))}
