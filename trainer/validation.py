"""The validation set: crops of photographs that no training sees, with two LR versions each. It decides everything that is decided.

A crop of 256×256 a picture, the most detailed of a few random ones; LR by each kind of [validation] with a stated seed. The set follows
from the configuration and the pictures alone. Unreadable and smaller pictures are skipped with a count and their names.
"""
import hashlib

import numpy as np
import torch

from .data import detail, to_tensor
from .degradation import degrade
from .sources import TILE, parts_of, read_sources, report_skipped

CANDIDATES = 6
MARGIN = 4      # scans of the research collection have dark or light border lines


def crop_of(source, image):
    inner = image[MARGIN:-MARGIN, MARGIN:-MARGIN]
    image = inner if min(inner.shape[:2]) >= TILE else image
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(source.picture.encode()).digest()[:8], "little"))
    corners = [[int(rng.integers(side - TILE + 1)) for side in image.shape[:2]] for _ in range(CANDIDATES)]
    return max((image[y:y + TILE, x:x + TILE] for y, x in corners), key=detail)


class ValidationSet:
    """`names`, `references` uint8 [N,256,256,3] and `low` {kind: [N,3,64,64] in [−1, 1]}; every `every`-th crop."""

    def __init__(self, config, every=1):
        sources = sorted(parts_of(config)["validation"], key=lambda source: source.picture)[::every]
        if not sources:
            raise SystemExit("the configuration holds out no picture for validation: see [validation] in the preset")
        options, kept, unreadable, small = config["validation"], {}, [], []
        for place, source in enumerate(sources):
            pictures, unread, few = read_sources([source])
            kept.update({place: (source.picture, crop_of(source, picture)) for picture in pictures})
            unreadable, small = unreadable + unread, small + few
        report_skipped(unreadable, small)
        if not kept:
            raise SystemExit("no picture that is held out for validation can be used")
        self.names = [name for name, _ in kept.values()]
        self.references = np.stack([crop for _, crop in kept.values()])
        # A picture's place counts those that were skipped: its LR stays the same.
        self.low = {kind: torch.cat([degrade(to_tensor(image[None]), kind, [options["seed"], every * place])
                                     for place, image in zip(kept, self.references)]) for kind in options["kinds"]}
