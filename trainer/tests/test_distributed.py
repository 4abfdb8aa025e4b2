"""Two processes through gloo follow the curve of one process with the same global batch."""
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from trainer.stages import autoencoder, pool, targets, teacher
from trainer.tests.smallest import AUTOENCODER_OPTIONS, arguments, needs_fast_torch, stage

ROOT = Path(__file__).resolve().parents[2]


def as_toml(table, path=()):
    """JSON's scalars and lists are TOML's."""
    plain = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict) and value is not None]
    head = [f"[{'.'.join(path)}]"] if path else []
    return "\n".join(head + plain + [as_toml(value, (*path, key)) for key, value in table.items() if isinstance(value, dict)])


def curve(config, name, command):
    """Rows of the log of a run from a fresh start."""
    log = Path(config["runs"]) / f"{config['name']}.jsonl"
    log.unlink(missing_ok=True)
    file = Path(config["runs"]) / f"{name}.toml"
    file.write_text(as_toml(config))
    done = subprocess.run([*command, "-m", "trainer", "cotrain", "--config", str(file)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in log.read_text().splitlines()]


@needs_fast_torch
@pytest.mark.skipif(not (torch.distributed.is_available() and torch.distributed.is_gloo_available()
                         if hasattr(torch.distributed, "is_gloo_available") else torch.distributed.is_available()),
                    reason="this PyTorch has no gloo")
def test_two_processes_follow_the_curve_of_one(config):
    autoencoder.main(stage(config, "autoencoder", {**AUTOENCODER_OPTIONS, "steps": 1}), arguments())
    pool.main(config, arguments())
    teacher.main(stage(config, "teacher", {"steps": 1}), arguments())
    targets.main(config, arguments())
    ours = stage(config, "ours", {"window": 8, "steps": 3, "log_every": 1, "batch": 4}, downsampler="convolutional")
    one = curve(ours, "one", [sys.executable])
    two = curve(ours, "two", [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29517"])
    assert len(one) == len(two) == 5
    for a, b in zip(one, two):
        assert a.keys() == b.keys()
        for key in a.keys() - {"seconds"}:
            assert b[key] == pytest.approx(a[key], rel=2e-3, abs=2e-4), key
