"""Stage `student`: SinSR distillation (§4.1) from a copy of the teacher.

    L = w_distill·L_distill + w_inverse·L_inverse + w_gt·L_gt + w_direct·L_direct

SinSR itself is 1, 1, 1, 0. L_direct is the L_denoise of the co-training paper (spec §8.A): the one-step output against the latent of
the HR picture, over every row of the pool with fresh noise. It is taken relative to the error of z_y, weighted by latent channel
(`direct_channels`): its gradient is that of the gain in decibels over the bicubic enlargement, so that easy and hard pictures count
alike. SinSR's terms need the teacher's deterministic chain from a fixed noise, which is computed once for the first `targets` rows
and stored (targets.npy, resumable); they are taken every `distill_every` steps on `distill_share` times the batch. What was used
stands in the manifest. The stage closes with a least-squares fit of the last convolution and writes student-final.pt.
"""
import copy
import json

import numpy as np
import torch

from ..config import build_autoencoder, build_diffusion, build_unet, finished
from ..loop import Randomness, Training, device, save_whole
from ..pairs import Pairs, size_and_count
from ..readout import LastConvolution
from .evaluate import Judge, precision
from .pool import Pool


def row_noise(seed, row, shape):
    """ε of a pool row: the same whenever it is asked for."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + row)
    return torch.randn(shape, generator=generator)


@torch.no_grad()
def make_targets(config, pool, pairs, diffusion, count):
    """Teacher chains for the first `count` rows, as float16 memory maps (targets, noise)."""
    teacher, stored = finished(config, "teacher", build_unet(config))
    shape, done_file = (count, *pairs.zy.shape[1:]), pool.folder / "targets.json"
    state = json.loads(done_file.read_text()) if done_file.exists() else {}
    fresh = state.get("teacher_step") != stored["step"] or state.get("count") != count
    mode = {"mode": "w+", "dtype": np.float16, "shape": shape} if fresh else {"mode": "r+"}
    targets, noises = (np.lib.format.open_memmap(pool.folder / f"{name}.npy", **mode) for name in ("targets", "noise"))
    group = 4
    for start in range(0 if fresh else state["rows"], count, group):
        rows = range(start, min(start + group, count))
        _, zy, lq = (torch.cat(parts) for parts in zip(*(pairs.whole(row) for row in rows)))
        noise = torch.stack([row_noise(config["seed"], row, zy.shape[1:]) for row in rows])
        with torch.autocast(zy.device.type, torch.bfloat16, enabled=config["stage"]["student"].get("bf16", False)):
            z_te = diffusion.deterministic_sample(teacher, diffusion.prior(zy, noise.to(zy)), zy, lq)
        targets[rows.start:rows.stop], noises[rows.start:rows.stop] = z_te.float().cpu().numpy(), noise.numpy()
        state = {"rows": rows.stop, "count": count, "teacher_step": stored["step"]}
        done_file.write_text(json.dumps(state))
    return targets, noises


def relative_error(output, x0, y, channels):
    """Weighted squared error of the output over that of y, per sample [B]; 0.01 keeps flat pictures from dominating."""
    error, reference = ((channels * (z - x0).square()).mean(dim=(1, 2, 3)) for z in (output.float(), y))
    return error / (reference + 0.01)


def student_losses(pairs, targets, noises, diffusion, options):
    weights = {name: options[f"{name}_weight"] for name in ("distill", "inverse", "gt", "direct")}
    channels = torch.tensor(options["direct_channels"], device=device()).view(1, -1, 1, 1)

    def sinsr_terms(model, rng, size, count):
        z0, zy, lq, target, noise = pairs.sample(rng, count, size, rows=len(targets), more=(targets, noises))
        return {"distill": diffusion.distill_loss(model, zy, lq, noise, target).mean(),
                **{name: value.mean() for name, value in diffusion.inverse_losses(model, z0, zy, lq, noise, target).items()}}

    def losses_of(model, random):
        size, count = size_and_count(options, random.numpy)
        z0, zy, lq = pairs.sample(random.numpy, count, size)
        part = 0
        with torch.autocast(z0.device.type, torch.bfloat16, enabled=options.get("bf16", False)):
            output = diffusion.one_step(model, zy, lq, random.normal(*zy.shape))
            terms = {"direct": relative_error(output, z0, zy, channels).mean()}
            if random.step % options["distill_every"] == 0:
                part = max(1, round(count * options["distill_share"]))
                terms.update(sinsr_terms(model, random.numpy, size, part))
        loss = sum(weights[name] * value for name, value in terms.items())
        return loss, {name: value.item() for name, value in terms.items()}, count + part
    return losses_of


@torch.no_grad()
def fit_last_convolution(model, pairs, diffusion, options, random):
    """Replace out.2 by the ridge solution of L_direct over `readout_rows` rows of the pool."""
    channels = torch.tensor(options["direct_channels"], device=device()).view(1, -1, 1, 1)
    fit = LastConvolution(model.out[2])
    for row in random.numpy.permutation(pairs.rows)[:options["readout_rows"]]:
        z0, zy, lq = pairs.whole(row)
        with torch.autocast(z0.device.type, torch.bfloat16, enabled=options.get("bf16", False)):
            diffusion.one_step(model, zy, lq, random.normal(*zy.shape))
        fit.add(z0, 1 / (float((channels * (zy - z0).square()).mean()) + 0.01))
    fit.solve(options["readout_ridge"])


def main(config, args):
    options = config["stage"]["student"]
    pool, diffusion = Pool(config), build_diffusion(config)
    pairs = Pairs(pool)
    targets, noises = make_targets(config, pool, pairs, diffusion, min(options["targets"], pairs.rows))
    teacher, _ = finished(config, "teacher", build_unet(config))
    training = Training(config, "student", copy.deepcopy(teacher).requires_grad_(True))
    if args.resume:
        training.resume()
    autoencoder, _ = finished(config, "autoencoder-final", build_autoencoder(config))
    with precision(config):
        judge = Judge(config, autoencoder, kinds=("realesrgan-test",), every=3)

    def evaluate(model):
        with precision(config):
            return {f"{kind} {name}": value for kind, row in judge(model).items() for name, value in row.items()}

    if training.step == 0:
        training.measure(evaluate)
    training.run(student_losses(pairs, targets, noises, diffusion, options), evaluate, args.time_budget)
    fit_last_convolution(training.ema, pairs, diffusion, options, Randomness(config["seed"], "readout", 0))
    training.measure(evaluate)
    save_whole(training.state(), training.folder / "student-final.pt")
