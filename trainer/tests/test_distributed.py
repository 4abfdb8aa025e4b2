"""Two processes through gloo follow the curve of one process with the same global batch."""
import subprocess
import sys

import pytest
import torch

from trainer.files import read_rows
from trainer.tests.smallest import ENVIRONMENT, ROOT, command, run

GLOO = torch.distributed.is_available() and getattr(torch.distributed, "is_gloo_available", lambda: True)()


def curve(data, runs, launcher):
    """Rows of the log of `ours-conv` from a fresh start."""
    log = runs / "ours-conv.jsonl"
    for path in (log, runs / "ours-conv.pt"):
        path.unlink(missing_ok=True)
    settings = ("--set", "options.batch=4", "--set", "options.log_every=1")
    arguments = command("ours-conv", data, runs, *settings)[1:]
    done = subprocess.run([*launcher, *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return read_rows(log)


@pytest.mark.skipif(not GLOO, reason="this PyTorch has no gloo")
def test_two_processes_follow_the_curve_of_one(data, tmp_path):
    runs = tmp_path / "runs"
    for stage in ("autoencoder", "pool", "teacher", "targets"):
        assert run(stage, data, runs).returncode == 0
    one = curve(data, runs, [sys.executable])
    two = curve(data, runs, [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29517"])
    assert len(one) == len(two) == 6      # three steps, and the scores before, between and after them
    for a, b in zip(one, two):
        assert a.keys() == b.keys()
        for key in a.keys() - {"seconds"}:
            assert b[key] == pytest.approx(a[key], rel=2e-3, abs=2e-3), key
