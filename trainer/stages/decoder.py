"""Stage `decoder`: the decoder learns to leave no lattice on latents that a network made.

Beside latents of pictures the autoencoder saw white noise; a one-step network's are smooth, and on those its decoder leaves energy at the
periods of 4 and 2 pixels. Here the teacher's pictures, of one step, stay as they were (L1 + 2·MSE to them) but for that energy, which becomes
the true picture's. Latents of sharp pictures are decoded to those, by MSE alone and without noise: that raises the ceiling of all methods.
The encoder stays, and with it the latents, the pool and the teacher.

The learning rate falls in rounds, and the average of the rounds' decoders is the stage's: each leaves a little of another lattice, which
cancels in the average, and decodes pictures worse than the average does.
"""
import copy

import torch
import torch.nn.functional as F

from .. import distributed
from ..config import build_autoencoder, build_diffusion, build_unet, device, finished
from ..files import load_checkpoint, save_checkpoint
from ..lattice import excess_of
from ..loop import Training, round_ends
from ..metrics import compare
from ..pairs import SIDE, Pairs
from .autoencoder import round_trip
from .evaluate import Judge
from .pool import Pool

FRAME = 32      # pixels at the border of a crop that the loss leaves out: crops have no context around them


def objective(pictures, x, coarse, before, weights):
    """(loss, {name: number}), of pictures B×3×H×W.

    @param pictures decoded from latents of x
    @param x true pictures
    @param coarse decoded from the teacher's latents
    @param before the same latents, decoded as before this stage
    @param weights (of MSE to x, of the distance of the lattice's dB from those of x)
    """
    pictures, x, coarse, before = (t[..., FRAME:-FRAME, FRAME:-FRAME] for t in (pictures, x, coarse, before))
    parts = {"truth": F.mse_loss(pictures, x), "kept": F.l1_loss(coarse, before) + 2 * F.mse_loss(coarse, before),
             "lattice": F.smooth_l1_loss(excess_of(torch.cat([pictures, coarse])), excess_of(torch.cat([x, x])))}
    return weights[0] * parts["truth"] + parts["kept"] + weights[1] * parts["lattice"], {k: v.item() for k, v in parts.items()}


def end_path(training, end):
    return training.folder / f"{training.stage}-{end}.pt"


def check_ends(training):
    """@raises SystemExit where a round that is over has not been kept, as after a change of `samples` or `rounds`: the last could not end"""
    over = [end for end in round_ends(training.options) if end <= training.samples]
    if not all(end_path(training, end).exists() for end in over):
        raise SystemExit(f"{training.path} was trained in other rounds: set `samples` and `rounds` as they were, or remove it to train {training.stage} anew")


def keep_ends(training, samples):
    """Keeps the decoder where a round ends within the step's `samples`; after the last round it becomes the average of all."""
    ends, average = round_ends(training.options), training.averages["decoder"]
    ended = [end for end in ends if training.samples < end <= training.samples + samples]
    if ends[-1] in ended:
        states = [load_checkpoint(end_path(training, end), device()) for end in ends[:-1]] + [average.state_dict()]
        average.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in states[0]})
    elif ended and distributed.first():
        save_checkpoint(average.state_dict(), end_path(training, ended[-1]))


def run(config, time_budget=None):
    """Returns whether the stage is finished."""
    before, _ = finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))
    training = Training(config, {"decoder": copy.deepcopy(before.decoder).requires_grad_(True)})
    if training.finished:
        return True
    check_ends(training)
    teacher, _ = finished(config, "teacher", "teacher", build_unet(config))
    pairs, diffusion, options = Pairs(Pool(config)), build_diffusion(config), training.options
    after, average = copy.deepcopy(before), copy.deepcopy(before)
    after.decoder, average.decoder = training.networks["decoder"], training.averages["decoder"]
    judge = Judge(config, average, every=options.get("validate_every", 2))
    original, frozen = (training.precision.place(copy.deepcopy(network)) for network in (before, teacher))

    def iterate(random):
        count = options["batch"]
        rows = random.numpy.integers(pairs.rows, size=count)
        corners = [(0, 0)] * count
        z0, zy, lr = pairs.latents(rows, corners, SIDE)
        z0, zy, lr, x, noise = distributed.mine(z0, zy, lr, pairs.pictures(rows, corners, SIDE), random.normal(*zy.shape))
        with training.precision.autocast():
            with torch.no_grad():
                coarse = diffusion.one_step(frozen, zy, lr, noise).float()
                pictures = original.decode(coarse).float()
            outputs = after.decode(torch.cat([z0, coarse])).float()
        loss, parts = objective(outputs[:len(z0)], x, outputs[len(z0):], pictures, (options["truth_weight"], options["lattice_weight"]))
        norm = training.descend("decoder", loss)
        keep_ends(training, count)
        return {**parts, "norm": norm}, count

    def evaluate():
        """The teacher's one step, and the round trip: the ceiling of all methods."""
        codec = compare(round_trip(average, judge.set.references), judge.set.references, dists=training.finished)
        return {**judge.scores(teacher, dists=training.finished), **{f"round trip {name}": value for name, value in codec.items()}}

    if training.step == 0:
        training.measure(evaluate)
    return training.run(iterate, evaluate, time_budget)


def main(config, args):
    run(config, args.time_budget)
