"""Exported weights are finished stages again."""
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from trainer.files import load_checkpoint
from trainer.loop import Training
from trainer.stages import export, pool, restore, status, targets
from trainer.tests.smallest import config_of, run


@pytest.fixture
def exported(finished, tmp_path):
    """(photographs, runs of their own that are empty, the folder of exported weights)"""
    data, runs = finished
    folder = tmp_path / "weights"
    export.run(config_of("export", data, runs), folder)
    return data, tmp_path / "runs", folder


def test_restored_stages_export_the_same_files_and_let_later_ones_run(exported, tmp_path):
    data, runs, folder = exported
    done = run("restore", data, runs, "--folder", str(folder))
    assert done.returncode == 0 and "teacher: 12 samples, teacher" in done.stdout, done.stderr[-2000:]
    export.run(config_of("export", data, runs), tmp_path / "again")
    for name in ("autoencoder.safetensors", "teacher.safetensors"):
        first, second = (load_file(each / name) for each in (folder, tmp_path / "again"))
        assert first.keys() == second.keys() and all(torch.equal(value, second[key]) for key, value in first.items())
    before, after = (json.loads((each / "manifest.json").read_text())["files"] for each in (folder, tmp_path / "again"))
    kept = ("steps", "samples", "batch", "hours", "device", "seed", "date")
    assert [[item["training"][key] for key in kept] for item in before] == [[item["training"][key] for key in kept] for item in after]
    for stage in (pool, targets):
        assert stage.run(config_of(stage.__name__.split(".")[-1], data, runs))


def test_a_finished_stage_stays_and_an_unfinished_export_is_left_out(exported, capsys):
    data, runs, folder = exported
    config = config_of("restore", data, runs)
    restore.run(config, folder)
    written = (runs / "teacher.pt").read_bytes()
    restore.run(config, folder)
    assert (runs / "teacher.pt").read_bytes() == written and "is there and stays" in capsys.readouterr().out
    assert status.of_training(config_of("teacher", data, runs)).split()[:2] == ["teacher", "done"]
    longer = config_of("restore", data, runs.with_name("longer"), "options.samples=13")
    restore.run(longer, folder)
    assert not (runs.with_name("longer") / "teacher.pt").exists() and "12 samples of 13 were trained; left out" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="remove it to train teacher anew"):
        Training(config_of("teacher", data, runs, "options.samples=24"), {"teacher": export.build_unet(config)})


def test_files_that_are_none_are_refused_in_a_sentence(exported, tmp_path):
    data, runs, folder = exported
    config, path = config_of("restore", data, runs), folder / "teacher.safetensors"
    with pytest.raises(SystemExit, match="has no manifest.json"):
        restore.run(config, tmp_path / "nowhere")
    weights = load_file(path)
    name = next(iter(weights))
    save_file({**weights, name: torch.zeros(1, 2, 3)}, path)
    with pytest.raises(SystemExit, match=f"does not fit the configuration: {name}"):
        restore.run(config, folder)
    path.write_bytes(b"none")
    with pytest.raises(SystemExit, match="holds no weights"):
        restore.run(config, folder)
    assert load_checkpoint(runs / "autoencoder-final.pt") and not (runs / "teacher.pt").exists()
    assert not (runs / "decoder.pt").exists(), "the exported decoder was not tuned"
