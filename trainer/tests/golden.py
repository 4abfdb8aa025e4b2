"""Reading golden files."""
import os
from pathlib import Path

import pytest
import torch
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


def assert_close(actual, expected, tolerance):
    """Largest difference relative to the largest magnitude of the reference."""
    expected = torch.as_tensor(expected)
    error = (actual.detach() - expected).abs().max() / expected.abs().max()
    assert error < tolerance, f"relative error {error:.2e} over {tolerance:.0e}"
