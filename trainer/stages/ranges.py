"""Stage `ranges`: the largest value that each layer of the shipped upscaler takes or gives, since half precision ends at 65,504.

Runs the autoencoder and each finished student over 50 validation pictures and over flat tiles, in single precision with weights rounded
to fp16, and writes ranges.json: {row: {"network layer": largest |value|}}.
"""
from pathlib import Path

import torch

from ..config import build_diffusion, build_unet, finished, finished_autoencoder
from ..context import CONTEXT, with_context
from ..data import enlarge4
from ..files import save_json
from ..loop import device
from ..validation import ValidationSet
from .evaluate import STUDENTS, as_shipped, noise_like

LIMIT = 65504.0
PICTURES = 50
FLAT_LEVELS = (-1.0, 0.0, 1.0)      # each channel takes each: 27 colours


class Watch:
    """Keeps the largest |input| and |output| of every layer of a network without children."""

    def __init__(self, **networks):
        self.largest = {}
        self.handles = [layer.register_forward_hook(lambda _, inputs, output, key=f"{name} {path}": self.note(key, *inputs, output))
                        for name, network in networks.items() for path, layer in network.named_modules() if not list(layer.children())]

    def note(self, key, *values):
        found = [float(value.abs().max()) for value in values if torch.is_tensor(value) and value.is_floating_point()]
        self.largest[key] = max(self.largest.get(key, 0.0), *found)

    def end(self):
        for handle in self.handles:
            handle.remove()
        return self.largest


def flat_tiles(side):
    colours = torch.cartesian_prod(*[torch.tensor(FLAT_LEVELS)] * 3)
    return colours[:, :, None, None].expand(-1, -1, side, side)


@torch.no_grad()
def largest_values(student, autoencoder, diffusion, pictures):
    """{"network layer": largest |value|} over LR pictures (N×3×h×w, with their context)."""
    watch = Watch(autoencoder=autoencoder, student=student)
    for index, lr in enumerate(pictures):
        zy = autoencoder.encode(enlarge4(lr[None]))
        autoencoder.decode(diffusion.one_step(student, zy, lr[None], noise_like(zy, index)))
    return watch.end()


def run(config, time_budget=None):
    runs = Path(config["runs"])
    autoencoder = as_shipped(finished_autoencoder(config)[0])
    low = torch.cat(list(ValidationSet(config).low.values()))[:PICTURES]
    pictures = with_context(torch.cat([low, flat_tiles(low.shape[-1])]).to(device()), config.get("context", CONTEXT))
    found = {}
    for stage, row in STUDENTS.items():
        if (runs / f"{stage}.pt").exists():
            student = as_shipped(finished(config, stage, "student", build_unet(config))[0])
            found[row] = largest_values(student, autoencoder, build_diffusion(config), pictures)
            most = sorted(found[row].items(), key=lambda item: -item[1])[:3]
            print(f"{row:22} {len(found[row])} layers, {len(pictures)} pictures, largest "
                  + ", ".join(f"{value:.1f} ({layer})" for layer, value in most)
                  + f"; half precision ends at {LIMIT:,.0f}", flush=True)
    save_json(found, runs / "ranges.json")
    return True


def main(config, args):
    run(config)
