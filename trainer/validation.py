"""The validation set: crops of photographs that no training sees, with two LR versions each. It decides everything that is decided.

A crop of 256×256 a picture, the most detailed of a few random ones; LR by each kind of [validation] with a stated seed. The set follows
from the configuration and the pictures alone.
"""
import hashlib

import numpy as np
import torch

from .data import detail, to_tensor
from .degradation import degrade
from .sources import TILE, parts_of, read_image

CANDIDATES = 6
MARGIN = 4      # scans of the research collection have dark or light border lines


def crop_of(source):
    image = read_image(source.path)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(source.picture.encode()).digest()[:8], "little"))
    corners = [[int(rng.integers(side - TILE + 1)) for side in image.shape[:2]] for _ in range(CANDIDATES)]
    return max((image[y:y + TILE, x:x + TILE] for y, x in corners), key=detail)


class ValidationSet:
    """`names`, `references` uint8 [N,256,256,3] and `low` {kind: [N,3,64,64] in [−1, 1]}; every `every`-th crop."""

    def __init__(self, config, every=1):
        sources = sorted(parts_of(config)["validation"], key=lambda source: source.picture)[::every]
        if not sources:
            raise SystemExit("the configuration holds out no picture for validation: see [validation] in the preset")
        self.names = [source.picture for source in sources]
        self.references = np.stack([crop_of(source) for source in sources])
        options = config["validation"]
        self.low = {kind: torch.cat([degrade(to_tensor(image[None]), kind, [options["seed"], every * index])
                                     for index, image in enumerate(self.references)]) for kind in options["kinds"]}
