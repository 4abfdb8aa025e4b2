"""`python -m trainer.metric_export clipiqa|musiq|fid --out FILE.onnx [--size N]`: the paper's metrics as ONNX files for the page and the
command line (docs/metrics.md). The networks and their weights come from the packages named below, which are installed by hand and
have licences of their own; nothing of them is in this repository. PyTorch 2 also needs the package onnx.

    clipiqa   pyiqa         one picture of any size → one number, larger is better
    musiq     pyiqa         one picture of N×N → one number, larger is better
    fid       pytorch-fid   one picture of any size → Inception's 2,048 pool features
"""
import argparse
import importlib
import inspect
import os
from pathlib import Path

import torch

OPSET = 17


def of_pyiqa(name):
    return importlib.import_module("pyiqa").create_metric(name, device="cpu").net


def inception():
    """pytorch-fid's network, which brings a picture to 299×299 itself."""
    module = importlib.import_module("pytorch_fid.inception")
    return module.InceptionV3([module.InceptionV3.BLOCK_INDEX_BY_DIM[2048]], resize_input=True, normalize_input=True)


# {name: (package, network, "number" or "features", whether any size goes in)}
METRICS = {
    "clipiqa": ("pyiqa", lambda: of_pyiqa("clipiqa"), "number", True),
    # Its patches are cut by loops over the picture's size, which tracing fixes.
    "musiq": ("pyiqa", lambda: of_pyiqa("musiq"), "number", False),
    "fid": ("pytorch-fid", inception, "features", True)}


class Metric(torch.nn.Module):
    """1×3×H×W, RGB in [0, 1] → [1] (number) or [1, D] (features)."""

    def __init__(self, network, kind):
        super().__init__()
        self.network, self.kind = network.eval(), kind

    def forward(self, image):
        found = self.network(image)
        found = found[0] if isinstance(found, (list, tuple)) else found
        return found.reshape(1) if self.kind == "number" else found.reshape(1, -1)


def varint(value):
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def metadata(properties):
    """Entries of ONNX's ModelProto.metadata_props (field 14), which may stand behind the rest of a file: no package is needed for it."""
    def text(field, value):
        return varint(field << 3 | 2) + varint(len(value.encode())) + value.encode()
    entries = [text(1, key) + text(2, value) for key, value in properties.items()]
    return b"".join(varint(14 << 3 | 2) + varint(len(entry)) + entry for entry in entries)


def fields(data):
    """(number, value) of a protobuf message: bytes of length-delimited fields, whole numbers of the others."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
            continue
        size = number() if key & 7 == 2 else {1: 8, 5: 4}[key & 7]
        yield key >> 3, data[at:at + size]
        at += size


def first(data, *path):
    """The first field of each number in turn, from the outside in; None where there is none."""
    for number in path:
        data = next((value for found, value in fields(data) if found == number), None)
        if data is None:
            return None
    return data


def shape_of(value):
    """Of a ValueInfoProto; None for a free length."""
    shape = first(value, 2, 1, 2) or b""
    return [first(dimension, 1) for number, dimension in fields(shape) if number == 1]


def signature(path):
    """(shapes of the inputs, shapes of the outputs, metadata) of an ONNX file."""
    model = path.read_bytes()
    graph = first(model, 7)
    values = list(fields(graph))
    weights = {first(tensor, 8) for number, tensor in values if number == 5}
    inputs = [shape_of(value) for number, value in values if number == 11 and first(value, 1) not in weights]
    properties = {first(entry, 1).decode(): first(entry, 2).decode() for number, entry in fields(model) if number == 14}
    return inputs, [shape_of(value) for number, value in values if number == 12], properties


def check(path, kind, side, free):
    """Whether a file is what the page takes. @raises SystemExit with the expected and the found"""
    inputs, outputs, properties = signature(path)
    sides = [None, None] if free else [side, side]
    fits = len(outputs) == 1 and (outputs[0] == [1] if kind == "number" else len(outputs[0]) == 2 and outputs[0][0] in (1, None))
    if inputs != [[1, 3, *sides]] or not fits or properties.get("input_range") != "[0, 1]":
        raise SystemExit(f"{path}: expected [[1, 3, {sides[0]}, {sides[1]}]] → {'[1]' if kind == 'number' else '[1, D]'}, found {inputs} → {outputs}")


def export(network, path, kind, side=256, free=True, better="higher"):
    """Writes `network` as a metric of one picture; the file is whole or not there. @param side of the picture that it is traced with"""
    path = Path(path)
    temporary = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    image = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    options = {"opset_version": OPSET, "input_names": ["image"], "output_names": ["score" if kind == "number" else "features"]}
    if free:
        options["dynamic_axes"] = {"image": {2: "height", 3: "width"}}
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False      # the exporter of older versions, too
    try:
        with torch.no_grad():
            torch.onnx.export(Metric(network, kind), (image,), str(temporary), **options)
        properties = {"input_range": "[0, 1]", **({"better": better} if kind == "number" else {})}
        with open(temporary, "ab") as file:
            file.write(metadata(properties))
        check(temporary, kind, side, free)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def main():
    parser = argparse.ArgumentParser(prog="python -m trainer.metric_export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metric", choices=METRICS)
    parser.add_argument("--out", required=True, help="file to write")
    parser.add_argument("--size", type=int, default=256, help="musiq: side of the pictures that it will measure (256)")
    args = parser.parse_args()
    package, build, kind, free = METRICS[args.metric]
    try:
        network = build()
    except ImportError as error:
        raise SystemExit(f"{args.metric} comes from {package}: install it beside PyTorch (pip install {package}). {error}") from None
    try:
        print(export(network, args.out, kind, args.size, free))
    except Exception as error:
        if "onnx is not installed" not in str(error):
            raise
        raise SystemExit("PyTorch 2 writes ONNX files with the package onnx: install it (pip install onnx)") from None


if __name__ == "__main__":
    main()
