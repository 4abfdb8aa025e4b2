"""Metrics as ONNX files, on stand-ins with the inputs and outputs of the networks that are exported, read by the page's own reader."""
import importlib.util
import json
import shutil
import subprocess

import pytest
import torch
from torch import nn

from trainer import metric_export
from trainer.metric_export import METRICS, export, signature

from .smallest import ROOT


needs_exporter = pytest.mark.skipif(int(torch.__version__.split(".")[0]) >= 2 and importlib.util.find_spec("onnx") is None,
                                    reason="PyTorch 2 writes ONNX files with the package onnx")


class Score(nn.Module):
    """As CLIPIQA: any size → 1×1."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        return self.conv(x).abs().mean(dim=(1, 2, 3), keepdim=False).view(-1, 1)


class Patches(nn.Module):
    """As MUSIQ: loops over the picture's size → 1×1."""

    def forward(self, x):
        parts = [x[:, :, y:y + 16, z:z + 16].std() for y in range(0, x.shape[2], 16) for z in range(0, x.shape[3], 16)]
        return torch.stack(parts).mean().view(1, 1)


class Features(nn.Module):
    """As Inception: resized to one size → [1×D×1×1]."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)

    def forward(self, x):
        x = nn.functional.interpolate(x, size=(32, 32), mode="bilinear", align_corners=False)
        return [nn.functional.adaptive_avg_pool2d(self.conv(x), 1)]


READER = """
import { openAsBlob } from 'node:fs';
import { nodeExternal } from './cli/external.ts';
import { openOnnxMetric } from './src/engine/external/onnx-metric.ts';
const picture = { width: 64, height: 64, data: new Uint8ClampedArray(64 * 64 * 4).map((_, i) => i * i) };
const found = {};
for (const path of process.argv.slice(1)) {
  const metric = await openOnnxMetric('x', await openAsBlob(path), await nodeExternal.runtime());
  found[path] = { kind: metric.kind, better: metric.better, length: (await metric.run(picture, null)).length };
}
console.log(JSON.stringify(found));
process.exit(0);
"""


@needs_exporter
@pytest.mark.skipif(not (ROOT / "node_modules").exists() or not shutil.which("node"), reason="the page's reader is not installed")
def test_files_are_what_the_page_takes(tmp_path):
    stand_ins = {"clipiqa": Score(), "musiq": Patches(), "fid": Features()}
    paths = {}
    for name, (_, _, kind, free) in METRICS.items():
        paths[name] = str(export(stand_ins[name], tmp_path / f"{name}.onnx", kind, side=64, free=free))
    done = subprocess.run(["node", "--import", "tsx", "--input-type=module", "-e", READER, *paths.values()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found[paths["clipiqa"]] == found[paths["musiq"]] == {"kind": "no-reference", "better": "higher", "length": 1}
    assert found[paths["fid"]] == {"kind": "features", "better": "lower", "length": 8}


@needs_exporter
def test_signatures_are_read_and_wrong_ones_refused(tmp_path):
    path = export(Score(), tmp_path / "a.onnx", "number", side=32, better="lower")
    assert signature(path) == ([[1, 3, None, None]], [[1]], {"input_range": "[0, 1]", "better": "lower"})
    assert signature(export(Patches(), tmp_path / "b.onnx", "number", side=32, free=False))[0] == [[1, 3, 32, 32]]
    with pytest.raises(SystemExit, match=r"expected \[\[1, 3, 16, 16\]\]"):
        metric_export.check(path, "number", 16, False)
    with pytest.raises(SystemExit, match="found"):
        metric_export.check(path, "features", 32, True)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.onnx", "b.onnx"]


@needs_exporter
def test_the_folder_of_a_file_is_made(tmp_path):
    assert export(Score(), tmp_path / "metrics" / "a.onnx", "number", side=32).exists()


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["metric_export", "clipiqa", "--out", str(tmp_path / "a.onnx")])

    def absent(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(metric_export.importlib, "import_module", absent)
    with pytest.raises(SystemExit, match="pip install pyiqa"):
        metric_export.main()
