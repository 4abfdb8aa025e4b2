"""Stages `crops` and `split`: the paper's sets from the files of DIV2K and FFHQ (docs/reproduce.md).

`crops --folder DIR --out DIR`   the middle 256×256 of every picture, as PNG
`split --folder DIR --out DIR`   square pictures reduced to 256×256, in train, validation and test (80, 15 and 5 %): a picture's part
                                 follows from its name alone, so a picture that is added moves no other

Unreadable, smaller and, for `split`, oblong pictures are skipped with a count and their names.
"""
import hashlib
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..sources import BROKEN, ENDINGS, TILE, middle, read_image

PARTS = (("train", 0.80), ("validation", 0.15), ("test", 0.05))


def part_of(name):
    """The part of a picture; the shares are those of many pictures."""
    place, passed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2 ** 64, 0.0
    for part, share in PARTS:
        passed += share
        if place < passed:
            return part
    return PARTS[-1][0]


def reduced(image):
    """A square picture by its area's mean to 256×256. @raises ValueError where it is oblong or smaller"""
    height, width = image.shape[:2]
    if height != width:
        raise ValueError(f"{width}×{height} pixels are no square")
    if height < TILE:
        raise ValueError(f"{width}×{height} pixels are fewer than {TILE}×{TILE}")
    return np.asarray(Image.fromarray(image).resize((TILE, TILE), Image.BOX))


def write(folder, out, made, place):
    """{part: pictures written}; `made` is the picture's array, `place` its part of the folder `out`."""
    folder, written, skipped = Path(folder), {}, []
    if not folder.is_dir():
        raise SystemExit(f"{folder}: there is no such folder of pictures")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and not path.name.startswith("."))
    for path in tqdm(files, unit="picture", mininterval=2, disable=None):
        try:
            picture = made(read_image(path))
        except BROKEN as error:
            skipped.append(f"{path.name} ({error})")
            continue
        part = place(path.stem)
        target = Path(out) / part / f"{path.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(target)
        written[part] = written.get(part, 0) + 1
    if skipped:
        print(f"{len(skipped)} skipped: {', '.join(skipped[:10])}{' …' if len(skipped) > 10 else ''}", flush=True)
    if not written:
        raise SystemExit(f"{folder}: there is no picture to use")
    return written


def main(config, args):
    if not (args.folder and args.out):
        raise SystemExit(f"{config['name']}: --folder DIR and --out DIR are needed")
    if Path(args.out).resolve() == Path(args.folder).resolve():
        raise SystemExit(f"{config['name']}: --out is the folder of the originals; choose another one")
    written = write(args.folder, args.out, middle, lambda _: "") if config["name"] == "crops" else write(args.folder, args.out, reduced, part_of)
    print(", ".join(f"{count:,} in {Path(args.out) / part}" for part, count in sorted(written.items())))
