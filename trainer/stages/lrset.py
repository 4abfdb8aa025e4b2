"""Stage `lrset`: writes the LR pictures of the test set as PNG files, so that other programs measure on the same ones.

`python -m trainer lrset --out DIR --degrade realesrgan-test|bicubic|realesrgan --seed N`
"""
from pathlib import Path

from PIL import Image

from ..data import to_uint8
from .evaluate import TestSet


def main(config, args):
    if not args.out:
        raise SystemExit("lrset: --out DIR is needed")
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = TestSet({**config, "test": {**config["test"], "kinds": [args.degrade], "seed": args.seed}})
    for name, picture in zip(pictures.names, to_uint8(pictures.low[args.degrade])):
        Image.fromarray(picture).save(folder / f"{name}.png")
    print(f"{len(pictures.names)} pictures in {folder}")
