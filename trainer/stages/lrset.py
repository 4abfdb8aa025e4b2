"""Stage `lrset`: writes the LR pictures that `evaluate` measures on as PNG files, so that other programs use the same ones.

`python -m trainer lrset --out DIR --degrade realesrgan-test|bicubic|realesrgan --seed N`
"""
from pathlib import Path

from PIL import Image

from ..config import eval_files
from ..data import to_uint8
from .evaluate import lr_set


def main(config, args):
    if not args.out:
        raise SystemExit("lrset: --out DIR is needed")
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    _, low = lr_set(config, args.degrade, args.seed)
    for path, picture in zip(eval_files(config), to_uint8(low)):
        Image.fromarray(picture).save(folder / path.name)
    print(f"{len(low)} pictures in {folder}")
