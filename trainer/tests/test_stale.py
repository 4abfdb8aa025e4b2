"""A file that was made of something else is not taken for the present one: it is made anew, or refused with a sentence."""
import shutil

import numpy as np
import pytest
import torch

from trainer.files import load_checkpoint, load_json, save_checkpoint, save_json
from trainer.stages import evaluate, export, pool, student, targets
from trainer.tests.smallest import config_of


@pytest.fixture
def copied(finished, tmp_path):
    return finished[0], shutil.copytree(finished[1], tmp_path / "runs")


def change(path, network):
    """Another training of as many steps."""
    stored = load_checkpoint(path)
    for value in stored["averages"][network].values():
        value.mul_(1.5)
    save_checkpoint(stored, path)


def older(path, *names):
    """A record as it was before it kept these."""
    save_json({name: value for name, value in load_json(path, {}).items() if name not in names}, path)


def assert_made_anew(stage, config, array):
    before = np.load(array)
    assert stage.run(config)
    assert not np.array_equal(np.load(array), before)
    written = array.stat().st_mtime_ns
    assert stage.run(config) and array.stat().st_mtime_ns == written


@pytest.mark.parametrize("seed", [7, 8])
def test_targets_of_another_teacher_or_seed_are_made_anew_and_train_no_student(copied, seed):
    data, runs = copied
    if seed == 7:      # the configuration's
        change(runs / "teacher.pt", "teacher")
    with pytest.raises(SystemExit, match="targets.npy is not of this teacher, pool, seed .*: run the stage targets first"):
        student.train(config_of("l2", data, runs, f"seed={seed}"))
    assert_made_anew(targets, config_of("targets", data, runs, f"targets.seed={seed}"), runs / "pool" / "targets.npy")


def test_latents_of_another_autoencoder_are_made_anew_and_so_are_their_targets(copied):
    data, runs = copied
    change(runs / "autoencoder-final.pt", "autoencoder")
    assert_made_anew(pool, config_of("pool", data, runs), runs / "pool" / "zy.npy")
    assert_made_anew(targets, config_of("targets", data, runs), runs / "pool" / "targets.npy")


def test_a_pool_and_targets_of_an_older_version_stay(copied):
    data, runs = copied
    older(runs / "pool" / "progress.json", "settings", "autoencoder")
    older(runs / "pool" / "targets.json", "teacher", "seed", "autoencoder")
    times = {path: path.stat().st_mtime_ns for path in (runs / "pool").iterdir()}
    assert pool.run(config_of("pool", data, runs)) and targets.run(config_of("targets", data, runs))
    assert times == {path: path.stat().st_mtime_ns for path in (runs / "pool").iterdir()}


def test_a_pool_of_other_settings_or_without_a_file_is_refused(copied):
    data, runs = copied
    for other, name in (("seed=8", "seed"), ("pool.kinds={bicubic=0.4,realesrgan-test=0.6}", "kinds"), ("pool.detail_draws=2", "detail_draws")):
        with pytest.raises(SystemExit, match=rf"pool was made with other settings \({name}\)"):
            pool.run(config_of("pool", data, runs, other))
    (runs / "pool" / "z0.npy").unlink()
    with pytest.raises(SystemExit, match="z0.npy is missing: remove .*pool to make the pool anew"):
        targets.run(config_of("targets", data, runs))


def test_scores_of_other_weights_or_pictures_are_measured_anew(tmp_path, capsys):
    one, other = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)

    def measured(network, pictures):
        table = evaluate.Table(tmp_path / "evaluate.json")
        table.row("validation", "bicubic", "ours", 12, (one, network), pictures, lambda: {"psnr_y": 30.0})
        return capsys.readouterr().out != ""

    assert measured(one, 1) and not measured(one, 1)
    assert measured(other, 1) and measured(other, 2) and not measured(other, 2)
    row = load_json(tmp_path / "evaluate.json", {})["validation"]["bicubic"]["ours"]
    assert export.figures(row) == {"step": 12, "decoder_step": 0, "psnr_y": 30.0}
    save_json({"validation": {"bicubic": {"ours": export.figures(row)}}}, tmp_path / "evaluate.json")
    assert not measured(one, 1)      # an older version kept no more
