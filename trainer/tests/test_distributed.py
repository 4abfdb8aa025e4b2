"""Two processes through gloo make what one process makes of the same global batch."""
import shutil
import socket
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from trainer import distributed
from trainer.files import load_json, read_rows
from trainer.loop import Randomness
from trainer.stages import everything, student, usefulness
from trainer.tests.smallest import ENVIRONMENT, ROOT, command, config_of

GLOO = torch.distributed.is_available() and getattr(torch.distributed, "is_gloo_available", lambda: True)()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def together(stage, data, runs, processes, *settings):
    """A stage by processes that find each other as torchrun's do: by their environment."""
    port = str(free_port())
    started = [subprocess.Popen(command(stage, data, runs, *settings), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env={**ENVIRONMENT, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(processes),
                                     "RANK": str(rank), "LOCAL_RANK": str(rank)})
               for rank in range(processes)]
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * processes, said[0][-2000:]


def curve(data, runs, processes):
    """Rows of the log of `ours-conv` from a fresh start."""
    log = runs / "ours-conv.jsonl"
    for path in (log, runs / "ours-conv.pt"):
        path.unlink(missing_ok=True)
    together("ours-conv", data, runs, processes, "--set", "options.batch=4", "--set", "options.log_every=1")
    return read_rows(log)


@pytest.mark.long
@pytest.mark.skipif(not GLOO, reason="this PyTorch has no gloo")
def test_two_processes_make_the_samples_and_the_curve_of_one(finished, tmp_path):
    data, runs = finished[0], shutil.copytree(finished[1], tmp_path / "runs")
    path = runs / "pool" / "targets.npy"
    alone, progress = np.load(path), load_json(path.with_suffix(".json"), {})
    for old in (path, path.with_suffix(".json")):
        old.unlink()
    together("targets", data, runs, 2)
    assert load_json(path.with_suffix(".json"), {})["done"] == progress["done"] == len(alone)
    np.testing.assert_allclose(np.load(path), alone, rtol=0, atol=2e-2)      # kept in half precision

    one, two = curve(data, runs, 1), curve(data, runs, 2)
    assert len(one) == len(two) == 6      # three steps, and the scores before, between and after them
    for a, b in zip(one, two):
        assert a.keys() == b.keys()
        for key in a.keys() - {"seconds"}:
            assert b[key] == pytest.approx(a[key], rel=2e-3, abs=2e-3), key


@pytest.mark.long
@pytest.mark.skipif(not GLOO, reason="this PyTorch has no gloo")
def test_of_two_processes_one_makes_the_pool_and_measures(finished, tmp_path):
    data, runs = finished[0], shutil.copytree(finished[1], tmp_path / "runs")
    alone = {path.name: np.load(path) for path in (runs / "pool").glob("*.npy") if path.name != "targets.npy"}
    shutil.rmtree(runs / "pool")
    together("pool", data, runs, 2)
    for name, array in alone.items():
        np.testing.assert_array_equal(np.load(runs / "pool" / name), array)
    together("evaluate", data, runs, 2)
    assert "teacher, 1 step" in load_json(runs / "evaluate.json", {})["test"]["bicubic"]


def test_processes_agree_that_the_time_budget_is_used(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(distributed, "agreed", lambda yes: True)      # to another one it is
    everything.main(config_of("all", data, tmp_path), SimpleNamespace(time_budget=None))
    assert "the time budget is used; the next stage is autoencoder" in capsys.readouterr().out


def test_processes_draw_the_noises_and_degradations_of_one(monkeypatch):
    pictures = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    diffusion = SimpleNamespace(prior=lambda y, noise: noise, deterministic_sample=lambda network, x, y, lr: x)

    def drawn():
        """Of this process: ε of its rows, and Real-ESRGAN's LR pictures of its crops."""
        random, x = Randomness(0, "any", 3), distributed.mine(pictures)[0]
        low = usefulness.low_of("Real-ESRGAN", {}, None, None)(None, x, random, None)
        batch = SimpleNamespace(zy=torch.zeros(len(x), 4, 8, 8), lr=None)
        return student.with_fresh_chain(batch, diffusion, None, random, len(pictures)).noise, low

    whole = drawn()
    monkeypatch.setattr(distributed, "world", lambda: 2)
    for rank in (0, 1):
        monkeypatch.setattr(distributed.dist, "get_rank", lambda: rank, raising=False)
        assert all(torch.equal(part, both[rank::2]) for part, both in zip(drawn(), whole))


def test_a_run_may_be_paused_for_hours(monkeypatch):
    asked = {}
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(distributed.dist, "init_process_group", lambda backend, **options: asked.update(options))
    distributed.start()
    assert asked["timeout"].total_seconds() > 24 * 3600
