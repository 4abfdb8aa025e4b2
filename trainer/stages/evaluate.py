"""Stage `evaluate`: every finished method in every metric, on the validation set and, once a finished method, on the test set.

Writes evaluate.json beside the checkpoints: {set: {kind: {row: scores}}} with, for each row, the step it was measured at, and fingerprints
of the pictures and the networks. Pictures always have reflected context around them. Weights are rounded to fp16 and computed in fp32, as they ship and run.
"""
from pathlib import Path

import numpy as np
import torch

from .. import distributed
from ..config import TEST_FILES, build_diffusion, build_unet, eval_files, finished, finished_autoencoder, finished_decoder
from ..context import CONTEXT, inside, with_context
from ..data import enlarge4, to_tensor, to_uint8
from ..degradation import degrade
from ..files import fingerprint, load_json, of_the_same, save_json
from ..loop import device
from ..metrics import compare
from ..sources import BROKEN, middle, read_image
from ..strips import save_strip
from ..validation import ValidationSet
from .autoencoder import round_trip

CODEC_ROW = "autoencoder of HR"
MADE_OF = "made_of"      # key of a row's fingerprints
TEACHER_ROWS = {"teacher, 1 step": "one_step", "teacher, 15 steps": "ancestral", "teacher, 15 steps, deterministic": "deterministic"}
STUDENTS = {"l2": "L2, 1 step", "sinsr": "SinSR, 1 step", "ours": "ours, 1 step", "ours-conv": "ours (conv G), 1 step"}
# Of experiments: the page has no place for them, so they are measured and not exported.
UNSHIPPED = {"ours-latent": "ours (latent G), 1 step"}


def test_picture(path):
    """The middle 256×256. @raises SystemExit where there is none: a test set without some of its pictures is another one"""
    try:
        return middle(read_image(path))
    except BROKEN as error:
        raise SystemExit(f"{path} cannot be tested on: {error}") from None


class TestSet:
    """The test crops and their LR by kind; each picture is degraded alone, with seed (seed, index)."""

    def __init__(self, config):
        options, files = config["test"], eval_files(config)
        if not files:
            raise SystemExit(f"{config['data']['root']}/{options['folder']}: there are no pictures to test on ({options.get('files', TEST_FILES)})")
        self.names, self.references = [path.stem for path in files], np.stack([test_picture(path) for path in files])
        self.low = {kind: torch.cat([degrade(to_tensor(image[None]), kind, [options["seed"], index])
                                     for index, image in enumerate(self.references)]) for kind in options["kinds"]}


def noise_like(z, seed):
    return torch.randn(z.shape, generator=torch.Generator().manual_seed(seed)).to(z)


def in_parts(function, *tensors, size=4):
    return torch.cat([function(*parts) for parts in zip(*(t.split(size) for t in tensors))])


class Judge:
    """Scores networks on a set (validation by default, every `every`-th crop of it); LR pictures and their latents are made once."""

    def __init__(self, config, autoencoder, every=1, pictures=None, seed=0):
        self.autoencoder, self.diffusion, self.seed = autoencoder, build_diffusion(config), seed
        self.context = config.get("context", CONTEXT)
        self.set, self.cases = pictures or ValidationSet(config, every), {}
        for kind, low in self.set.low.items():
            low = with_context(low.to(device()), self.context)
            with torch.no_grad():
                self.cases[kind] = low, in_parts(lambda y: autoencoder.encode(enlarge4(y)), low)

    @torch.no_grad()
    def decoded(self, z):
        """Latents with context → uint8 pictures."""
        return self.pictures(in_parts(self.autoencoder.decode, z))

    def pictures(self, x, scale=4):
        """Pictures with context → uint8 without it."""
        return to_uint8(inside(x, self.context, scale))

    @torch.no_grad()
    def samples(self, network, kind, sampler="one_step"):
        """Latents of one step, of ResShift's ancestral chain (Table I) or of the deterministic one (eq. 2's target)."""
        (low, z_y), d = self.cases[kind], self.diffusion
        run = {"one_step": lambda y, lr, e, _: d.one_step(network, y, lr, e),
               "deterministic": lambda y, lr, e, _: d.deterministic_sample(network, d.prior(y, e), y, lr),
               "ancestral": lambda y, lr, e, part: d.ancestral_sample(
                   network, d.prior(y, e), lr, lambda index: noise_like(y, self.seed + 1000 * (1 + index) + part))}[sampler]
        parts = zip(*(t.split(4) for t in (z_y, low, noise_like(z_y, self.seed))))
        return torch.cat([run(*tensors, part) for part, tensors in enumerate(parts)])

    def score(self, pictures, dists=True):
        return compare(pictures, self.set.references, dists)

    def scores(self, network, dists=False):
        """{"KIND METRIC": value} of the one-step output, for the log."""
        return {f"{kind} {name}": value for kind in self.cases
                for name, value in self.score(self.decoded(self.samples(network, kind)), dists).items()}

    @torch.no_grad()
    def strip(self, network, path, downsampler=None, cotraining=None, count=4):
        """Picture of the first crops: one-step output, ground truth, LR, and ŷ where there is a G."""
        low, z_y = (items[:count] for items in next(iter(self.cases.values())))
        z = self.diffusion.one_step(network, z_y, low, noise_like(z_y, self.seed))
        columns = [self.decoded(z), self.set.references[:count], self.pictures(low, scale=1)]
        if downsampler is not None and cotraining.options["downsampler_space"] == "pixels":
            columns.append(self.pictures(cotraining.reduced(downsampler, z, noise_like(z, self.seed + 1)), scale=1))
        save_strip(path, *columns)


def as_shipped(model):
    """The network with its weights rounded to fp16, as `export` writes them."""
    return model.half().float()


class Table:
    """evaluate.json, a row at a time: what is measured on the same pictures with the same networks already stays."""

    def __init__(self, path, decoder_step=0):
        self.path, self.content, self.decoder_step = path, load_json(path, {}), decoder_step

    def row(self, where, kind, name, step, networks, pictures, measure):
        """@param networks whose pictures are scored, @param pictures fingerprint of the set"""
        rows = self.content.setdefault(where, {}).setdefault(kind, {})
        made = {"step": step, "decoder_step": self.decoder_step, MADE_OF: [pictures, *(fingerprint(network.state_dict()) for network in networks)]}
        if name not in rows or not of_the_same(rows[name], made):
            rows[name] = {**made, **measure()}
            save_json(self.content, self.path)
            values = "  ".join(f"{key} {value:.4f}" for key, value in rows[name].items() if key not in made)
            print(f"{where:10} {kind:16} {name:22} {values}", flush=True)


def bicubic(judge, kind):
    return judge.pictures(enlarge4(judge.cases[kind][0]))


def measure(table, where, judge, codec_step, teacher, students):
    """All rows of one set. `teacher` is (network, step) or None, `students` {row: (network, step)}."""
    codec, autoencoder = {}, judge.autoencoder

    def round_trip_scores():
        if not codec:
            codec.update(judge.score(round_trip(autoencoder, judge.set.references)))
        return codec

    for kind, low in judge.set.low.items():
        pictures = fingerprint({"references": torch.from_numpy(judge.set.references), "low": low})
        table.row(where, kind, "bicubic", 0, (), pictures, lambda: judge.score(bicubic(judge, kind)))
        table.row(where, kind, CODEC_ROW, codec_step, (autoencoder,), pictures, round_trip_scores)
        for name, (network, step) in students.items():
            table.row(where, kind, name, step, (autoencoder, network), pictures, lambda: judge.score(judge.decoded(judge.samples(network, kind))))
        if teacher:
            network, step = teacher
            for name, sampler in TEACHER_ROWS.items():
                table.row(where, kind, name, step, (autoencoder, network), pictures,
                          lambda: judge.score(judge.decoded(judge.samples(network, kind, sampler))))


def measure_finished(config):
    runs = Path(config["runs"])

    def shipped(stage, network):
        if not (runs / f"{stage}.pt").exists():
            return None
        model, stored = finished(config, stage, network, build_unet(config))
        return (as_shipped(model), stored["step"]) if stored["samples"] >= stored["options"]["samples"] else None

    autoencoder, stored = finished_autoencoder(config)
    autoencoder, teacher = as_shipped(autoencoder), shipped("teacher", "teacher")
    students = {row: shipped(stage, "student") for stage, row in {**STUDENTS, **UNSHIPPED}.items()}
    students = {row: found for row, found in students.items() if found}
    table = Table(runs / "evaluate.json", (finished_decoder(config) or {}).get("step", 0))
    for where, pictures in (("validation", ValidationSet(config)), ("test", TestSet(config))):
        measure(table, where, Judge(config, autoencoder, pictures=pictures), stored["step"], teacher, students)


def run(config, time_budget=None):
    """Measures what is finished; returns True, as there is nothing to resume beyond a row. Of several processes the first one measures."""
    if distributed.first():
        measure_finished(config)
    distributed.wait()
    return True


def main(config, args):
    run(config)
