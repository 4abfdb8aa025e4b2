"""Stage `student`: SinSR distillation (§4.1) from a copy of the teacher.

    L = L_distill + w_inverse·L_inverse + w_gt·L_gt + w_direct·Σ_c v_c·(x̂_0 − z_0)²_c

SinSR itself has w_inverse = w_gt = 1 and w_direct = 0. The last term is the L_denoise of the co-training paper (spec §8.A), here with
weights v_c for the latent channels; it sees every row of the pool with fresh noise. SinSR's terms need the teacher's deterministic
chain from a fixed noise, which is computed once for the first `targets` rows and stored (targets.npy, resumable); they are taken on
`distill_share` times the batch. The weights that were used stand in the manifest.
"""
import copy
import json

import numpy as np
import torch

from ..config import build_autoencoder, build_diffusion, build_unet, finished
from ..loop import Training, device
from ..pairs import Pairs, size_and_count
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


def student_losses(pairs, targets, noises, diffusion, options):
    weights = {"distill": 1.0, **{name: options[f"{name}_weight"] for name in ("inverse", "gt", "direct")}}
    channels = torch.tensor(options["direct_channels"], device=device()).view(1, -1, 1, 1)

    def losses_of(model, random):
        size, count = size_and_count(options, random.numpy)
        part = max(1, round(count * options["distill_share"]))
        z0, zy, lq, target, noise = pairs.sample(random.numpy, part, size, rows=len(targets), more=(targets, noises))
        x0, y, low = pairs.sample(random.numpy, count, size)
        with torch.autocast(z0.device.type, torch.bfloat16, enabled=options.get("bf16", False)):
            terms = {"distill": diffusion.distill_loss(model, zy, lq, noise, target),
                     **diffusion.inverse_losses(model, z0, zy, lq, noise, target)}
            output = diffusion.one_step(model, y, low, random.normal(*y.shape))
        terms["direct"] = channels * (output.float() - x0).square()
        terms = {name: value.mean() for name, value in terms.items()}
        loss = sum(weights[name] * value for name, value in terms.items())
        return loss, {name: value.item() for name, value in terms.items()}, count + part
    return losses_of


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
