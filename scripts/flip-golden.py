"""tests/golden/flip.safetensors: five pairs of pictures and their LDR-FLIP maps by the reference, PyPI's flip-evaluator 1.7.

    pip install flip-evaluator==1.7 numpy pillow     (in an environment of its own)
    python scripts/flip-golden.py
"""

import io
import json
import pathlib
import struct

import flip_evaluator
import numpy as np
from PIL import Image, ImageFilter

root = pathlib.Path(__file__).resolve().parent.parent
pictures = root / "tests/images/hr"
HEIGHT, WIDTH = 40, 48


def crop(name: str, x: int, y: int) -> Image.Image:
    return Image.open(pictures / f"crop_{name}.png").convert("RGB").crop((x, y, x + WIDTH, y + HEIGHT))


def jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=20)
    return Image.open(file).convert("RGB")


def noisy(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, 20, (HEIGHT, WIDTH, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def tinted(image: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(image) * [1.0, 0.8, 0.6]).astype(np.uint8))


face, parrot, text = crop("face_astronaut", 90, 60), crop("animal_parrot", 100, 80), crop("text_sign-e1", 60, 100)
pairs = {
    "blur": (face, face.filter(ImageFilter.GaussianBlur(1.5))),
    "jpeg": (parrot, jpeg(parrot)),
    "noise": (crop("urban_china-0", 40, 40), noisy(crop("urban_china-0", 40, 40))),
    "tint": (crop("flower_dahlia", 80, 80), tinted(crop("flower_dahlia", 80, 80))),
    "other": (text, parrot),
}

tensors: dict[str, np.ndarray] = {}
means: dict[str, float] = {}
for name, (reference, test) in pairs.items():
    bytes_of = [np.asarray(image, np.uint8) for image in (reference, test)]
    values = [(pixels / 255).astype(np.float32) for pixels in bytes_of]
    error, mean, parameters = flip_evaluator.evaluate(*values, "LDR", applyMagma=False)
    tensors[f"{name}.reference"], tensors[f"{name}.test"] = bytes_of
    tensors[f"{name}.map"] = np.ascontiguousarray(error.reshape(HEIGHT, WIDTH), np.float32)
    means[name] = float(mean)
    print(f"{name}: {mean:.6f}, {parameters}")

kinds = {"uint8": "U8", "float32": "F32"}
header: dict[str, object] = {"__metadata__": {"means": json.dumps(means), "source": "flip-evaluator 1.7, LDR, 67 pixels a degree"}}
data = b""
for name, tensor in sorted(tensors.items(), key=lambda entry: entry[1].dtype.itemsize, reverse=True):
    raw = tensor.tobytes()
    header[name] = {"dtype": kinds[tensor.dtype.name], "shape": tensor.shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
(root / "tests/golden/flip.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
