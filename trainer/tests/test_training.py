"""A run that is killed goes on to the weights of the unbroken one; schedules follow samples; files are whole."""
import json
import os
import signal
import subprocess
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from trainer import precision
from trainer.config import finished
from trainer.files import load_checkpoint, new_array, read_rows, save_checkpoint, write_rows
from trainer.loop import Training, learning_rate
from trainer.stages import autoencoder, usefulness
from trainer.tests.smallest import ENVIRONMENT, ROOT, command, config_of, run


def weights(path):
    return {f"{part}.{name}.{key}": value for part, networks in load_checkpoint(path).items() if part in ("networks", "averages")
            for name, state in networks.items() for key, value in state.items()}


def assert_same(one, other):
    one, other = weights(one), weights(other)
    assert set(one) == set(other) and all(torch.equal(value, other[name]) for name, value in one.items())


# Runs the trainer, and kills it with SIGKILL as it opens a file: its name and how many times it is opened come first.
KILLED = """
import os, runpy, signal, sys

name, times = sys.argv.pop(1), int(sys.argv.pop(1))

def at_open(event, arguments):
    global times
    if event == "open" and str(arguments[0]).endswith(name):
        times -= 1
        if times == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(at_open)
runpy.run_module("trainer", run_name="__main__")
"""

# Files that stages open in the midst of their work, most of them once before: a log has its first row then, an array its header.
AT_WORK = {"autoencoder.jsonl": 2, "pool/z0.npy.tmp": 2, "teacher.jsonl": 2, "pool/targets.npy.tmp": 2, "decoder.jsonl": 2, "ours.jsonl": 2,
           "ablation-both--diff-1.jsonl": 1}


def assert_killed_at(file, times, data, runs):
    python, _module, _name, *arguments = command("all", data, runs)
    process = subprocess.run([python, "-c", KILLED, file, str(times), *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, f"{file}: {process.stderr[-2000:]}"


@pytest.mark.long
def test_all_stages_killed_one_after_the_other_end_at_the_same_weights(data, tmp_path):
    unbroken, killed = tmp_path / "unbroken", tmp_path / "killed"
    whole = run("all", data, unbroken)
    assert whole.returncode == 0 and "all stages are finished" in whole.stdout, whole.stderr[-2000:]
    for file, times in AT_WORK.items():
        assert_killed_at(file, times, data, killed)
    assert not (killed / "ablation.json").exists()
    done = run("all", data, killed)
    assert done.returncode == 0, done.stderr[-2000:]
    for stage in ("autoencoder-final", "teacher", "decoder", "l2", "ours", "sinsr", "ours-conv", "ablation-both--conv-1"):
        assert_same(unbroken / f"{stage}.pt", killed / f"{stage}.pt")
    for name in ("ablation.json", "evaluate.json"):
        assert (unbroken / name).read_text() == (killed / name).read_text()
    exported = [sorted(path.name for path in (runs / "export").iterdir()) for runs in (unbroken, killed)]
    assert exported[0] == exported[1] and "ours.safetensors" in exported[0]
    assert run("export", data, killed, "--ablation", "--out", str(tmp_path / "rows")).returncode == 0
    assert len(list((tmp_path / "rows").glob("ablation-*-1.safetensors"))) == 7
    status = run("status", data, killed).stdout
    assert status.count("done") >= 9 and "lpips_alex" in status
    assert run("dial", data, killed).returncode == 0
    assert [len(kind["curve"]) for kind in json.loads((killed / "dial.json").read_text()).values()] == [11]
    assert run("ranges", data, killed).returncode == 0
    ranges = json.loads((killed / "ranges.json").read_text())
    assert set(ranges) == {"L2, 1 step", "SinSR, 1 step", "ours, 1 step", "ours (conv G), 1 step"}
    assert all(0 < value < 65504 for row in ranges.values() for value in row.values()) and "student out.2" in ranges["ours, 1 step"]


def small_training(config, stop):
    """A Training of one convolution on a fixed target, run to `stop` samples or the end."""
    torch.manual_seed(3)
    training = Training(config, {"teacher": torch.nn.Conv2d(3, 3, 3, padding=1)})

    def iterate(random):
        x = random.normal(2, 3, 8, 8)
        loss = (training.networks["teacher"](x) - 2 * x).square().mean()
        return {"loss": loss.item(), "norm": training.descend("teacher", loss)}, 2

    if stop < training.options["samples"]:
        training.options = {**training.options, "samples": stop}
    training.run(iterate)
    return training


def test_a_log_that_is_ahead_of_its_checkpoint_is_cut(data, tmp_path):
    config = config_of("teacher", data, tmp_path / "runs")
    training = small_training(config, 8)
    rows = read_rows(training.log_path)
    write_rows([*rows, {"step": 6, "loss": 1.0}], training.log_path)
    with open(training.log_path, "a", encoding="utf-8") as file:
        file.write('{"step": 7, "lo')
    config["options"]["lr_end"] = 0.0
    again = small_training(config, 12)
    assert [row["step"] for row in read_rows(again.log_path)] == [2, 4, 6]


def test_a_checkpoint_of_other_networks_is_refused_in_one_sentence(data, tmp_path):
    config = config_of("teacher", data, tmp_path / "runs")
    small_training(config, 4)
    for networks, fault in (({"teacher": torch.nn.Conv2d(3, 5, 3)}, "teacher: size mismatch for bias"), ({"another": torch.nn.Conv2d(3, 3, 3)}, "another: it has none")):
        with pytest.raises(SystemExit, match=rf"teacher.pt does not fit the configuration \({fault}.*\): set that as it was, or remove the file"):
            Training(config, networks)
    with pytest.raises(SystemExit, match="teacher.pt does not fit the configuration"):
        finished(config, "teacher", "teacher", torch.nn.Conv2d(3, 5, 3))


def test_a_stage_without_settings_is_refused_in_one_sentence(data, tmp_path):
    preset = [config_of(stage, data, tmp_path / "runs") for stage in ("teacher", "usefulness")]
    for config, setting in zip(preset, ("options", "seeds")):
        del config[setting]
    with pytest.raises(SystemExit, match=r"tiny has no settings of the stage teacher: neither teacher.toml nor \[options\]"):
        Training(preset[0], {})
    with pytest.raises(SystemExit, match="tiny has no settings of the stage usefulness: neither usefulness.toml nor seeds"):
        usefulness.run(preset[1])


def test_options_that_change_reach_the_optimiser(data, tmp_path):
    config = config_of("teacher", data, tmp_path / "runs")
    small_training(config, 4)
    config["options"].update(weight_decay=0.5, betas={"teacher": [0.5, 0.75]})
    training = small_training(config, 8)
    group, = training.optimizers["teacher"].param_groups
    assert (group["weight_decay"], tuple(group["betas"]), group["scale"]) == (0.5, (0.5, 0.75), 1.0)
    assert [int(state["step"]) for state in training.optimizers["teacher"].state.values()] == [4, 4]


def test_a_log_without_its_checkpoint_begins_anew(data, tmp_path):
    config = config_of("teacher", data, tmp_path / "runs")
    first = small_training(config, 8)
    first.path.unlink()
    assert read_rows(first.log_path)
    again = small_training(config, 4)
    assert [row["step"] for row in read_rows(again.log_path)] == [2]


def test_what_is_measured_before_the_first_step_is_logged_once(data, tmp_path):
    config = config_of("teacher", data, tmp_path / "runs")
    for _ in range(2):      # killed before its first step, once without a checkpoint and once with one
        training = Training(config, {"teacher": torch.nn.Conv2d(3, 3, 3)})
        training.measure(dict)
        training.save()
    Training(config, training.networks).measure(dict)
    assert [row["step"] for row in read_rows(training.log_path)] == [0]


def test_learning_rate_warms_up_and_falls_with_samples():
    options = {"lr": 1.0, "lr_end": 0.1, "warmup": 40, "samples": 400, "batch": 4}
    rates = [learning_rate(options, samples) for samples in range(0, 401, 4)]
    assert rates[0] < rates[5] < rates[9] and rates[-1] == pytest.approx(0.1) and max(rates) <= 1


def test_a_failed_save_keeps_the_old_checkpoint(tmp_path, monkeypatch):
    save_checkpoint({"step": 1}, tmp_path / "a.pt")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SystemExit, match="No space left on device.*the one before it is kept.*run the same command again"):
        save_checkpoint({"step": 2}, tmp_path / "a.pt")
    monkeypatch.undo()
    assert load_checkpoint(tmp_path / "a.pt")["step"] == 1 and [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_an_array_that_does_not_fit_the_disk_is_refused_whole(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SystemExit, match="hr.npy takes 64 MiB that are not there .*No space left on device"):
        new_array(tmp_path / "pool" / "hr.npy", (64, 1024, 1024), np.uint8)
    assert not list((tmp_path / "pool").iterdir())


def test_an_array_has_its_name_once_its_space_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", lambda *_: pytest.fail("it is not there yet") if (tmp_path / "hr.npy").exists() else None)
    array = new_array(tmp_path / "hr.npy", (2, 3), np.uint8)
    array[1] = 7
    array.flush()
    np.testing.assert_array_equal(np.load(tmp_path / "hr.npy"), [[0, 0, 0], [7, 7, 7]])


def test_precision_is_kept_on_the_same_processor_and_measured_on_another(data, tmp_path, monkeypatch):
    config = config_of("teacher", data, tmp_path / "runs")
    del config["precision"]
    first = small_training(config, 4)
    chosen = load_checkpoint(first.path)["precision"]
    monkeypatch.setattr(precision, "measure", lambda: pytest.fail("it was measured already"))
    assert small_training(config, 8).precision.state() == chosen
    other = precision.Precision(bf16=not chosen["bf16"], processor="another one", gflops=1.0)
    monkeypatch.setattr(precision, "processor", lambda: "another one")
    monkeypatch.setattr(precision, "measure", lambda: other)
    moved = small_training(config, 12)
    assert moved.precision == other and [entry["processor"] for entry in load_checkpoint(moved.path)["history"]] == [chosen["processor"], "another one"]


def test_the_fastest_precision_is_chosen(monkeypatch):
    def seconds(candidate, *_):
        return 1.0 if candidate == fastest else 2.0

    monkeypatch.setattr(precision, "seconds_of", seconds)
    for bf16, last in ((False, False), (True, True)):
        fastest = precision.Precision(bf16, last, precision.processor())
        chosen = precision.measure(rounds=1, channels=2, side=4, batch=1)
        assert (chosen.bf16, chosen.channels_last) == (bf16, last)


def test_a_time_budget_stops_cleanly_and_the_next_call_goes_on(data, tmp_path):
    stopped = run("autoencoder", data, tmp_path / "runs", "--time-budget", "0.001")
    assert stopped.returncode == 0 and load_checkpoint(tmp_path / "runs" / "autoencoder.pt")["samples"] == 2
    assert not (tmp_path / "runs" / "autoencoder-final.pt").exists()
    run("autoencoder", data, tmp_path / "runs"), run("autoencoder", data, tmp_path / "whole")
    assert_same(tmp_path / "runs" / "autoencoder-final.pt", tmp_path / "whole" / "autoencoder-final.pt")


def test_an_autoencoder_that_trained_on_is_written_after_a_kill_at_its_end(data, tmp_path, monkeypatch):
    longer = config_of("autoencoder", data, tmp_path / "runs", "options.samples=4")
    assert autoencoder.run(config_of("autoencoder", data, tmp_path / "runs", "options.samples=2"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(autoencoder, "save_checkpoint", Mock(side_effect=KeyboardInterrupt))
        autoencoder.run(longer)
    assert autoencoder.run(longer) and load_checkpoint(tmp_path / "runs" / "autoencoder-final.pt")["samples"] == 4
    monkeypatch.setattr(autoencoder, "save_checkpoint", Mock(side_effect=AssertionError("it is written already")))
    assert autoencoder.run(longer)


@pytest.mark.parametrize(("stage", "sentence"), [("teacher", "run the stages autoencoder and pool first"), ("export", "")])
def test_a_stage_without_what_it_needs_says_so_in_one_line(data, tmp_path, stage, sentence):
    result = run(stage, data, tmp_path / "runs")
    assert sentence in result.stderr and "Traceback" not in result.stderr
