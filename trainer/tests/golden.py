"""Reading golden files."""
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [os.environ.get("COSR_GOLDEN"), ROOT.parent / "shared" / "golden", ROOT / "tests" / "golden"]


def golden(name):
    """(tensors, metadata) of a golden file; the test is skipped where the file is not found."""
    for folder in filter(None, FOLDERS):
        path = Path(folder) / f"{name}.safetensors"
        if path.exists():
            with safe_open(path, "pt") as file:
                return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()
    pytest.skip(f"golden file {name} not found")


def perceptual_cases():
    """[(name, picture, reference, scores)] of `perceptual.json`; pictures are uint8 H×W×3."""
    folder = next(Path(folder) for folder in FOLDERS if folder and (Path(folder) / "perceptual.json").exists())
    scores = json.loads((folder / "perceptual.json").read_text())
    read = lambda path: np.array(Image.open(path).convert("RGB"))
    return [(name, read(folder / "perceptual" / name), read(ROOT / "tests" / "images" / "hr" / name), values) for name, values in scores.items()]


def assert_close(actual, expected, tolerance):
    """Largest difference relative to the largest magnitude of the reference."""
    expected = torch.as_tensor(expected)
    error = (actual.detach() - expected).abs().max() / expected.abs().max()
    assert error < tolerance, f"relative error {error:.2e} over {tolerance:.0e}"
