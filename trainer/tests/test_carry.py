"""A run of a time budget on another machine goes on here as if it had been trained here."""
import os
import subprocess
import sys
import tarfile
from types import SimpleNamespace

import pytest
import torch

from trainer.files import load_checkpoint
from trainer.loop import Training
from trainer.stages import carry
from trainer.tests.smallest import ENVIRONMENT, ROOT, command, config_of, run
from trainer.tests.test_training import assert_same

STAGES = ["autoencoder", "pool", "teacher", "targets", "l2"]
LENGTH = "options.samples=8"


def order(stages):
    return f"stages={stages}".replace(" ", "")      # the script takes settings between blanks


def script(*arguments, data, runs, settings, minutes=60):
    """scripts/gpu-train.sh on trainer/configs/tiny."""
    variables = {"PYTHON": sys.executable, "CONFIG": "trainer/configs/tiny", "RUNS": str(runs), "DATA": str(data), "MINUTES": str(minutes),
                 "SETTINGS": " ".join(settings)}
    return subprocess.run([ROOT / "scripts" / "gpu-train.sh", *map(str, arguments)], env={**ENVIRONMENT, **variables}, capture_output=True,
                          text=True, check=False)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_run_in_parts_on_two_machines_equals_the_whole_one(data, tmp_path):
    there, parts, here, whole = (tmp_path / name for name in ("there", "parts", "here", "whole"))
    first = script("train", parts, data=data, runs=there, settings=[order(STAGES[:3]), LENGTH])
    assert first.returncode == 0 and "all stages are finished" in first.stdout, first.stdout + first.stderr
    assert (there / "export" / "teacher.safetensors").exists(), "and not among the checkout's models"
    assert all(path.stat().st_size <= 15 << 20 for path in parts.glob("run.tar.*"))
    assert script("unpack", parts, data=data, runs=here, settings=[]).returncode == 0
    assert "optimizers" not in load_checkpoint(here / "teacher.pt") and not (here / "pool").exists()
    options = ["--set", order(STAGES), "--set", LENGTH]
    for runs in (here, whole):
        done = run("all", data, runs, *options)
        assert done.returncode == 0, done.stderr
    assert_same(whole / "l2.pt", here / "l2.pt")


def test_the_script_says_what_is_missing(data, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = script("unpack", empty, data=data, runs=tmp_path / "runs", settings=[])
    assert refused.returncode == 1 and "there is no run.tar.00" in refused.stderr
    assert script("learn", data=data, runs=tmp_path / "runs", settings=[]).returncode == 2


def made(*folders):
    for folder in folders:
        folder.mkdir()
    return folders


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_parts_that_are_not_whole_change_nothing(data, tmp_path):
    runs, parts = made(tmp_path / "runs", tmp_path / "parts")
    (runs / "teacher.pt").write_bytes(b"kept")
    with tarfile.open(parts / "run.tar", "w") as archive:
        archive.add(__file__, "teacher.pt")
    (parts / "run.tar.00").write_bytes((parts / "run.tar").read_bytes()[:3000])
    (parts / "run.tar").unlink()
    refused = script("unpack", parts, data=data, runs=runs, settings=[])
    assert refused.returncode == 1 and "no whole archive, is a part missing?" in refused.stderr
    assert (runs / "teacher.pt").read_bytes() == b"kept"


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_run_that_cannot_be_packed_leaves_the_parts_before(data, tmp_path):
    runs, parts = made(tmp_path / "runs", tmp_path / "parts")
    (runs / "broken.pt").write_bytes(b"no checkpoint")
    (parts / "run.tar.00").write_bytes(b"before")
    done = script("train", parts, data=data, runs=runs, settings=[], minutes=1)
    assert done.returncode == 1 and (parts / "run.tar.00").read_bytes() == b"before", done.stdout + done.stderr


def stopped(config, samples):
    training = Training(config, {"teacher": torch.nn.Conv2d(3, 3, 3)})
    training.step, training.samples = 1, samples
    training.save()
    return training.state()


def test_a_stopped_stage_is_carried_whole_and_a_finished_one_cannot_train_further(data, tmp_path):
    config = config_of("teacher", data, tmp_path / "runs")
    state = stopped(config, 4)
    assert carry.carried(state) is state
    done = subprocess.run(command("carry", data, tmp_path / "runs", "--out", str(tmp_path / "out")), cwd=ROOT, env=ENVIRONMENT, check=False)
    assert done.returncode == 0 and "optimizers" in load_checkpoint(tmp_path / "out" / "teacher.pt")
    torch.save(carry.carried(stopped(config, config["options"]["samples"])), tmp_path / "runs" / "teacher.pt")
    networks = {"teacher": torch.nn.Conv2d(3, 3, 3)}
    assert Training(config, networks).finished
    longer = {**config, "options": {**config["options"], "samples": 10 ** 6}}
    with pytest.raises(SystemExit, match="not what further training needs: remove it to train teacher anew"):
        Training(longer, networks)


def test_a_decoder_is_carried_with_the_ends_of_its_rounds(data, tmp_path):
    config, weights = config_of("decoder", data, tmp_path / "runs"), torch.nn.Conv2d(3, 3, 3).state_dict()
    training = Training(config, {"decoder": torch.nn.Conv2d(3, 3, 3)})
    training.save()
    torch.save(weights, tmp_path / "runs" / "decoder-6.pt")
    carry.main(config, SimpleNamespace(out=str(tmp_path / "out")))
    assert load_checkpoint(tmp_path / "out" / "decoder.pt")["samples"] == 0
    assert all(torch.equal(value, weights[name]) for name, value in load_checkpoint(tmp_path / "out" / "decoder-6.pt").items())
