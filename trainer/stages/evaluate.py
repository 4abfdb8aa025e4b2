"""Stage `evaluate`: bicubic, autoencoder round trip, teacher (15 steps) and the students (1 step) on fixed LR versions of the evaluation
crops, for the degradations bicubic and realesrgan-test. Writes evaluate.json beside the checkpoints and prints a table.

"bicubic" is the a = −0.75 enlargement that the networks see, "bicubic (a = −0.5)" the kernel of Pillow and MATLAB.
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F

from ..config import build_autoencoder, build_diffusion, build_unet, eval_files, finished, precision
from ..data import enlarge4, read_image, to_tensor, to_uint8
from ..degradation import degrade
from ..loop import device
from ..metrics import compare
from ..strips import save_strip
from .export import CODEC_ROW, STUDENTS, TEACHER_ROW

KINDS = ("realesrgan-test", "realesrgan", "bicubic")


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


class Judge:
    """Scores a network on every `every`-th evaluation crop; LR pictures and their latents are made once."""

    def __init__(self, config, autoencoder, kinds=KINDS, seed=0, every=1):
        self.config, self.autoencoder, self.diffusion, self.seed = config, autoencoder, build_diffusion(config), seed
        self.cases = {}
        for kind in kinds:
            references, low = (items[::every] for items in lr_set(config, kind, seed))
            with torch.no_grad(), precision(config):
                z_y = in_parts(lambda y: autoencoder.encode(enlarge4(y)), low).float()
            self.cases[kind] = (references, low, z_y)

    @torch.no_grad()
    def decoded(self, z):
        with precision(self.config):
            return to_uint8(in_parts(self.autoencoder.decode, z).float())

    @torch.no_grad()
    def samples(self, network, kind, steps=1):
        """Latents of the one-step student (1) or of the deterministic chain (15)."""
        _, low, z_y = self.cases[kind]
        run = self.diffusion.one_step if steps == 1 else lambda f, y, lq, e: self.diffusion.deterministic_sample(
            f, self.diffusion.prior(y, e), y, lq)
        with precision(self.config):
            return in_parts(lambda y, lq, e: run(network, y, lq, e), z_y, low, noise_like(z_y, self.seed)).float()

    def score(self, z, kind):
        return compare(self.decoded(z), self.cases[kind][0])

    def flat(self, network):
        """{"KIND METRIC": value} of the one-step output, for the log."""
        return {f"{kind} {name}": value for kind in self.cases
                for name, value in self.score(self.samples(network, kind), kind).items()}

    @torch.no_grad()
    def strip(self, network, path, downsampler=None, cotraining=None, count=4):
        """Picture of the first crops: LR, one-step output, ground truth, and ŷ where there is a G."""
        references, low, z_y = (items[:count] for items in next(iter(self.cases.values())))
        with precision(self.config):
            z = self.diffusion.one_step(network, z_y, low, noise_like(z_y, self.seed)).float()
            columns = [to_uint8(low), self.decoded(z), stack(references)]
            if downsampler is not None and cotraining.options["downsampler_space"] == "pixels":
                columns.append(to_uint8(cotraining.reduced(downsampler, z, noise_like(z, self.seed + 1))))
        save_strip(path, columns[1], columns[2], columns[0], *columns[3:])


def stack(images):
    return torch.stack([torch.from_numpy(image) for image in images]).numpy()


def as_shipped(model):
    """The network with its weights rounded to fp16, as `export` writes them."""
    return model.half().float()


def measure(judge, teacher, students, path):
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
        for name, network in students.items():
            row(kind, name, judge.score(judge.samples(network, kind), kind))
        row(kind, "autoencoder of bicubic", judge.score(z_y, kind))
    with torch.no_grad(), precision(judge.config):
        z = in_parts(judge.autoencoder.encode, to_tensor(stack(references)).to(device())).float()
    codec = compare(judge.decoded(z), references)
    for kind in judge.cases:
        row(kind, CODEC_ROW, codec)      # does not depend on the degradation
    if teacher is not None:
        for kind in judge.cases:
            row(kind, TEACHER_ROW, judge.score(judge.samples(teacher, kind, 15), kind))


def main(config, args):
    config = {**config, "bf16": False}       # what ships is computed in fp32
    runs = Path(config["runs"])

    def shipped(stage, network):
        known = (runs / f"{stage}.pt").exists()
        return as_shipped(finished(config, stage, network, build_unet(config))[0]) if known else None

    autoencoder = as_shipped(finished(config, "autoencoder-final", "autoencoder", build_autoencoder(config))[0])
    students = {row: shipped(stage, "student") for stage, row in STUDENTS.items()}
    students = {row: network for row, network in students.items() if network is not None}
    measure(Judge(config, autoencoder, seed=args.seed), shipped("teacher", "teacher"), students, runs / "evaluate.json")
