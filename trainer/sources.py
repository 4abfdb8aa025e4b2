"""The photographs on disk, and their parting into training, validation and a set that is kept aside.

A folder may have a MANIFEST.tsv: a row a picture (`file`: only the stem counts), or a row a 256×256 tile of an atlas (`atlas`, `x`,
`y`, `source_file`: the picture that the tile was cut from), with a column `licence_class`. Parts are told apart by *source picture*
across all folders: a tile of a held-out photograph is held out with it.
"""
import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}
TILE = 256
BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)      # what Pillow raises on broken files


def read_image(path):
    """Picture as uint8 H×W×3. A CMYK file's colours depend on a profile that Pillow does not apply, so it is refused."""
    with Image.open(path) as image:
        if image.mode == "CMYK":
            raise ValueError("CMYK")
        return np.array(image.convert("RGB"))


def middle(image, side=TILE):
    """The middle side×side of a picture. @raises ValueError where it is smaller"""
    if min(image.shape[:2]) < side:
        raise ValueError(f"{image.shape[1]}×{image.shape[0]} pixels are too few for a crop of {side}×{side}")
    y, x = ((length - side) // 2 for length in image.shape[:2])
    return image[y:y + side, x:x + side]


@dataclass(frozen=True)
class Source:
    """A picture, or a tile of an atlas at `corner` (y, x)."""

    path: Path
    picture: str                 # the source picture's name, equal across folders
    licence_class: str = ""
    corner: tuple = None

    @property
    def name(self):
        return f"{self.path.parent.name}/{self.path.name}"


def stem(name):
    """A manifest's file name without its scale (`@0.750`) and ending; names hold dots of their own."""
    return Path(name.split("@")[0]).stem


def read_folder(folder):
    """Sources of one folder in name order. @raises SystemExit if there is no such folder"""
    folder = Path(folder)
    if not folder.is_dir():
        raise SystemExit(f"{folder}: there is no such folder of pictures")
    manifest, rows = folder / "MANIFEST.tsv", []
    if manifest.exists():
        with manifest.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    if rows and "atlas" in rows[0]:
        return [Source(folder / row["atlas"], stem(row["source_file"]), row["licence_class"], (int(row["y"]), int(row["x"]))) for row in rows]
    classes = {stem(row["file"]): row["licence_class"] for row in rows}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    return [Source(path, path.stem, classes.get(path.stem, "")) for path in paths]


def shuffled(names, salt):
    """Names in an order that depends on each name and the salt alone: a picture that is added or missing moves no other."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{salt}/{name}".encode()).digest())


def parts_of(config):
    """{part: [Source]} of `train`, `validation` and `aside`, by the tables [data], [validation] and [aside] of a preset.

    Pictures of a research licence validate and do nothing else.
    """
    data, validation, aside = config["data"], config.get("validation", {}), config.get("aside", {"prefix": None})
    research = set(data.get("research_classes", ()))
    sources = [source for folder in data["folders"] for source in read_folder(Path(data["root"]) / folder)]
    usable = [source for source in sources if source.licence_class not in research]

    def is_of_the_kind_kept_aside(source):
        return aside["prefix"] is not None and source.picture.startswith(aside["prefix"])

    def first(some, salt, count):
        return set(shuffled({source.picture for source in some if source.corner is None}, salt)[:count])

    kept = first(filter(is_of_the_kind_kept_aside, usable), "aside", aside.get("pictures", 0))
    held = first((s for s in usable if not is_of_the_kind_kept_aside(s)), "validation", validation.get("pictures", 0))
    studied = first((s for s in sources if s.licence_class in research), "validation", validation.get("research_pictures", 0))
    whole = [source for source in sources if source.corner is None]
    return {"train": [source for source in usable if source.picture not in kept | held],
            "validation": [source for source in whole if source.picture in held | studied],
            "aside": [source for source in whole if source.picture in kept]}


def read_sources(sources, min_side=TILE):
    """Pictures (uint8) of sources and, by name, the files that are unreadable or smaller than `min_side` pixels a side."""
    pictures, unreadable, small, open_atlas = [], [], [], (None, None)
    for source in sources:
        if open_atlas[0] != source.path:
            try:
                open_atlas = (source.path, read_image(source.path))
            except BROKEN as error:
                unreadable.append(f"{source.name} ({error})" if str(error) == "CMYK" else source.name)
                open_atlas = (source.path, None)
        image = open_atlas[1]
        if image is None:
            continue
        if source.corner:
            y, x = source.corner
            image = image[y:y + TILE, x:x + TILE]
        if min(image.shape[:2]) < min_side:
            small.append(source.name)
        else:
            pictures.append(np.ascontiguousarray(image))
    return pictures, list(dict.fromkeys(unreadable)), list(dict.fromkeys(small))


def report_skipped(unreadable, small, min_side=TILE):
    """One line with counts and names; nothing where nothing was skipped."""
    parts = [f"{len(names)} {fault}: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}"
             for names, fault in ((unreadable, "unreadable"), (small, f"smaller than {min_side} pixels")) if names]
    if parts:
        print("pictures skipped: " + "; ".join(parts), flush=True)
