"""Stage `autoencoder`: reconstruction of random crops: L1 + 2·MSE, and in the last third LPIPS (VGG16).

The encoder is later applied to bicubic enlargements as well as to sharp pictures (§1.7), so a share of the crops is reduced and
enlarged ×4 first; a few are one flat colour, which no photograph trains. Noise on the latent makes the decoder bear the diffusion
networks' errors. The loss leaves out the outermost pixels, since pictures always come with context around them. At the end the latents'
normalisation is folded into the convolutions, and the averaged weights are written to autoencoder-final.pt, which the other stages use.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .. import distributed
from ..config import build_autoencoder
from ..context import inside, with_context
from ..data import Crops, enlarge4, reduce4, to_tensor, to_uint8
from ..files import load_checkpoint, save_checkpoint
from ..loop import Randomness, Training, device
from ..lpips import Lpips
from ..metrics import compare
from ..strips import save_strip
from ..validation import ValidationSet

FRAME = 8      # pixels at the border of a crop that the loss leaves out


def batch_of(crops, options, random):
    """This process's share of one batch of crops, a share of them blurred, a share flat."""
    rng, count, size = random.numpy, options["batch"], options["crop"]
    x = crops.sample(rng, count, size)
    blurred = torch.from_numpy(rng.random(count) < options["blurred_share"])
    if blurred.any():
        x[blurred] = enlarge4(reduce4(x[blurred])).clamp(-1, 1)
    flat = torch.from_numpy(rng.random(count) < options["flat_share"])
    x[flat] = torch.from_numpy(rng.uniform(-1, 1, (int(flat.sum()), 3, 1, 1))).float().expand(-1, -1, size, size)
    return distributed.mine(x.to(device()))[0]


class Objective:
    """L1 + 2·MSE + `perceptual_weight`·LPIPS on windows of part of the batch once `perceptual_from` of the samples are seen: VGG16 on
    all of it would cost eight times as much as the autoencoder."""

    def __init__(self, training):
        self.training, self.options = training, training.options
        # Loaded before the first step: weights that are not here end the run before hours of training, not after.
        self.lpips = training.precision.place(Lpips("vgg").to(device())) if self.options.get("perceptual_weight") else None

    def perceptual(self, y, x, random):
        o, training = self.options, self.training
        if self.lpips is None or training.samples < o.get("perceptual_from", 2 / 3) * o["samples"]:
            return None
        side, count = o["perceptual_window"], min(o["perceptual_crops"], len(x))
        top, left = (int(n) for n in random.numpy.integers(x.shape[-1] - side + 1, size=2))
        window = (slice(0, count), slice(None), slice(top, top + side), slice(left, left + side))
        with training.precision.autocast():
            return self.lpips(y[window], x[window]).mean()

    def __call__(self, y, x, random):
        """(loss, {name: number}) for B×3×H×W in [−1, 1]."""
        y, x = (t[..., FRAME:-FRAME, FRAME:-FRAME] for t in (y, x))
        l1, mse = F.l1_loss(y, x), F.mse_loss(y, x)
        loss, parts = l1 + 2 * mse, {"l1": l1.item(), "mse": mse.item()}
        perceptual = self.perceptual(y, x, random)
        if perceptual is not None:
            loss, parts["lpips_vgg"] = loss + self.options["perceptual_weight"] * perceptual, perceptual.item()
        return loss, parts


def reconstruct(training, model, x, random):
    """The decoded picture of a latent with noise of `latent_noise` of its own deviation."""
    with training.precision.autocast():
        z = model.encode(x).float()
        spread = z.detach().std(dim=(0, 2, 3), keepdim=True)
        noise, = distributed.mine(random.normal(training.options["batch"], *z.shape[1:]))
        return model.decode(z + training.options["latent_noise"] * spread * noise).float()


@torch.no_grad()
def round_trip(model, images):
    """Decode(Encode(·)) of uint8 N×H×W×3 with reflected context, one picture at a time to bound the memory."""
    def one(image):
        x = with_context(to_tensor(image[None]).to(device()), 64)
        return to_uint8(inside(model.decode(model.encode(x)), 64, scale=1))[0]
    return np.stack([one(image) for image in images])


@torch.no_grad()
def latent_statistics(model, crops, random, count):
    """Mean and deviation [C] of the latents of sharp crops."""
    images = crops.sample(random.numpy, count, 256).to(device())
    z = torch.cat([model.encode(image[None])[..., 4:-4, 4:-4] for image in images])
    return z.mean(dim=(0, 2, 3)), z.std(dim=(0, 2, 3))


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    torch.manual_seed(config["seed"])
    training = Training(config, {"autoencoder": build_autoencoder(config)})
    final = Path(config["runs"]) / "autoencoder-final.pt"
    if training.finished and final.exists() and load_checkpoint(final)["step"] == training.step:      # else it is of a shorter training
        return True
    crops, validation = Crops.of(config), ValidationSet(config, config["options"].get("validate_every", 2))
    network, average, objective = training.networks["autoencoder"], training.averages["autoencoder"], Objective(training)

    def iterate(random):
        x = batch_of(crops, training.options, random)
        loss, parts = objective(reconstruct(training, network, x, random), x, random)
        return {**parts, "loss": loss.item(), "norm": training.descend("autoencoder", loss)}, training.options["batch"]

    def evaluate():
        outputs = round_trip(average, validation.references)
        save_strip(training.strip_path(), outputs[:4], validation.references[:4])
        return compare(outputs, validation.references, dists=training.finished)

    if not training.run(iterate, evaluate, time_budget):
        return False
    if distributed.first():
        average.normalise(*latent_statistics(average, crops, Randomness(config["seed"], "latents", 0), config["options"].get("latent_crops", 200)))
        save_checkpoint(training.state(), final)
    return True


def main(config, args):
    run(config, args.time_budget)
