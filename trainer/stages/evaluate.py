"""Stage `evaluate`: bicubic, autoencoder round trip, teacher (15 steps) and student (1 step) on fixed LR versions of the evaluation
crops, for the degradations bicubic and realesrgan-test. Writes evaluate.json beside the checkpoints and prints a table.

"bicubic" is the a = −0.75 enlargement that the networks see, "bicubic (a = −0.5)" the kernel of Pillow and MATLAB.
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F

from ..config import build_autoencoder, build_diffusion, build_unet, eval_files, finished
from ..data import enlarge4, read_image, to_tensor, to_uint8
from ..degradation import degrade
from ..loop import device
from ..metrics import compare

KINDS = ("realesrgan-test", "bicubic")


def lr_set(config, kind, seed):
    """References uint8 [N,256,256,3] and their LR [N,3,64,64]; each picture is degraded alone, with seed (seed, index)."""
    references = [read_image(path) for path in eval_files(config)]
    with torch.autocast(device().type, enabled=False):       # the same pictures as `lrset` writes
        low = [degrade(to_tensor(image[None]), kind, [seed, index]) for index, image in enumerate(references)]
    return references, torch.cat(low).to(device())


def noise_like(z, seed):
    return torch.randn(z.shape, generator=torch.Generator().manual_seed(seed)).to(z)


def in_parts(function, *tensors, size=4):
    return torch.cat([function(*parts) for parts in zip(*(t.split(size) for t in tensors))])


@torch.no_grad()
def latents_of(autoencoder, low):
    return in_parts(lambda y: autoencoder.encode(enlarge4(y)), low).float()


@torch.no_grad()
def score(autoencoder, z, references):
    return compare(to_uint8(in_parts(autoencoder.decode, z).float()), references)


def precision(config):
    """Autocast to bfloat16 if the configuration asks for it (it halves the time on a CPU)."""
    wanted = config["stage"].get("evaluate", {}).get("bf16", False)
    return torch.autocast(device().type, torch.bfloat16, enabled=wanted)


class Judge:
    """Scores a network on every `every`-th evaluation crop; LR pictures and their latents are made once."""

    def __init__(self, config, autoencoder, kinds=KINDS, seed=0, every=1):
        self.autoencoder, self.diffusion, self.seed = autoencoder, build_diffusion(config), seed
        self.cases = {}
        for kind in kinds:
            references, low = (items[::every] for items in lr_set(config, kind, seed))
            self.cases[kind] = (references, low, latents_of(autoencoder, low))

    @torch.no_grad()
    def samples(self, network, kind, steps):
        """Latents of the one-step student (1) or of the deterministic chain (15)."""
        _, low, z_y = self.cases[kind]
        run = self.diffusion.one_step if steps == 1 else lambda f, y, lq, e: self.diffusion.deterministic_sample(
            f, self.diffusion.prior(y, e), y, lq)
        return in_parts(lambda y, lq, e: run(network, y, lq, e), z_y, low, noise_like(z_y, self.seed))

    def __call__(self, network, steps=1):
        return {kind: score(self.autoencoder, self.samples(network, kind, steps), self.cases[kind][0]) for kind in self.cases}


def as_shipped(model):
    """The network with its weights rounded to fp16, as `export` writes them."""
    return model.half().float()


def measure(judge, networks, path):
    """Writes {kind: {row name: scores}} to a JSON file and prints it, row by row: it takes minutes on a CPU."""
    table = {kind: {} for kind in judge.cases}

    def row(kind, name, scores):
        table[kind][name] = scores
        print(f"{kind:16} {name:24} PSNR-Y {scores['psnr_y']:.3f} dB  SSIM-Y {scores['ssim_y']:.4f}", flush=True)
        path.write_text(json.dumps({"seed": judge.seed, "table": table}, indent=1))

    for kind, (references, low, z_y) in judge.cases.items():
        row(kind, "bicubic", compare(to_uint8(enlarge4(low)), references))
        pillow = F.interpolate(low, scale_factor=4, mode="bicubic", antialias=True)
        row(kind, "bicubic (a = -0.5)", compare(to_uint8(pillow), references))
        if "student" in networks:
            row(kind, "student, 1 step", score(judge.autoencoder, judge.samples(networks["student"], kind, 1), references))
        row(kind, "autoencoder of bicubic", score(judge.autoencoder, z_y, references))
    codec = score(judge.autoencoder, in_parts(judge.autoencoder.encode, to_tensor(references).to(device())), references)
    for kind in judge.cases:
        row(kind, "autoencoder of HR", codec)      # does not depend on the degradation
    for kind, (references, _, _) in judge.cases.items():
        if "teacher" in networks:
            row(kind, "teacher, 15 steps", score(judge.autoencoder, judge.samples(networks["teacher"], kind, 15), references))


def main(config, args):
    autoencoder = as_shipped(finished(config, "autoencoder-final", build_autoencoder(config))[0])
    networks = {name: as_shipped(finished(config, stage, build_unet(config))[0])
                for name, stage in (("teacher", "teacher"), ("student", "student-final"))
                if (Path(config["runs"]) / f"{stage}.pt").exists()}
    with torch.no_grad(), precision(config):
        measure(Judge(config, autoencoder, seed=args.seed), networks, Path(config["runs"]) / "evaluate.json")
