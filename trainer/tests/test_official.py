"""The paper's run: public .pth files are read without running anything in them, and two iterations go through at small width."""
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from trainer.config import CONFIGS, stage_config
from trainer.files import load_checkpoint, read_rows
from trainer.sources import middle
from trainer.stages import status
from trainer.stages.official import finish, read_public

from .smallest import ENVIRONMENT, ROOT

NARROW = ["unet.model_channels=32", "unet.channel_mult=[1,2]", "unet.num_res_blocks=[1,1]", "unet.num_head_channels=16", "unet.swin_embed_dim=32",
          "autoencoder.ddconfig.ch=32", "autoencoder.ddconfig.ch_mult=[1,1,1]", "autoencoder.ddconfig.num_res_blocks=1", "autoencoder.n_embed=16",
          *(f"discriminator_{side}.{text}" for side in ("hr", "lr") for text in ("blocks=3", "head_levels=[0,2]", "head_width=8", "pixel_widths=[8,8]")),
          "precision={bf16=false,channels_last=false}"]


def network():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 3, 3))


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"state_dict": state, "iters": 7},
                                  lambda state: {"state_dict": {f"module._orig_mod.{name}": value for name, value in state.items()}}])
def test_public_layouts_are_read(tmp_path, wrap):
    stored = network()
    torch.save(wrap({**stored.state_dict(), "attn_mask": torch.zeros(3)}), tmp_path / "weights.pth")
    model = read_public(tmp_path / "weights.pth", network())
    assert all(torch.equal(value, stored.state_dict()[name]) for name, value in model.state_dict().items())


class Harmful:
    def __reduce__(self):
        return (open, ("harm", "w"))


def test_what_is_no_such_file_is_refused_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.pth"
    with pytest.raises(SystemExit, match="is missing: put the public file there"):
        read_public(path, network())
    for content in (b"no weights", pickle.dumps(Harmful())):
        path.write_bytes(content)
        with pytest.raises(SystemExit, match="holds no weights that can be read without running code"):
            read_public(path, network())
    torch.save({"state_dict": Harmful()}, path)
    with pytest.raises(SystemExit, match="without running code"):
        read_public(path, network())
    assert not (tmp_path / "harm").exists()
    state = network().state_dict()
    torch.save({name: value for name, value in state.items() if name != "1.bias"}, path)
    with pytest.raises(SystemExit, match="does not fit the configuration: 1.bias is missing"):
        read_public(path, network())
    torch.save({**state, "0.bias": torch.zeros(5)}, path)
    with pytest.raises(SystemExit, match=r"0.bias has the shape \(5,\) and not \(4,\)"):
        read_public(path, network())


def test_a_run_stays_with_the_file_that_it_started_from(tmp_path):
    config, path = {"runs": str(tmp_path / "runs")}, tmp_path / "weights.pth"
    torch.save(network().state_dict(), path)
    finish(config, "teacher", "teacher", path, network())
    kept = load_checkpoint(tmp_path / "runs" / "teacher.pt")
    finish(config, "teacher", "teacher", path, network())
    path.unlink()
    finish(config, "teacher", "teacher", path, network())      # the run needs the file once
    assert load_checkpoint(tmp_path / "runs" / "teacher.pt")["source"] == kept["source"] and kept["source"]["name"] == "weights.pth"
    torch.save(network().state_dict(), path)
    with pytest.raises(SystemExit, match="comes from another file"):
        finish(config, "teacher", "teacher", path, network())


def test_the_middle_of_a_picture(tmp_path):
    image = torch.arange(300 * 400 * 3).reshape(300, 400, 3).numpy()
    assert (middle(image) == image[22:278, 72:328]).all()
    with pytest.raises(ValueError, match="too few"):
        middle(image[:200])


def test_the_configurations_are_whole():
    for stage in ("official", "pool", "targets", "l2", "ours", "sinsr", "ours-conv", "ablation", "evaluate"):
        config = stage_config(CONFIGS / "paper", stage)
        assert config["unet"]["model_channels"] == 160 and config["name"] == stage
    assert stage_config(CONFIGS / "paper", "ours")["options"]["samples"] == 20_000 * 16
    assert stage_config(CONFIGS / "paper", "sinsr")["options"]["samples"] == 30_000 * 16


@pytest.mark.long
def test_two_iterations_of_the_papers_run_at_small_width(tmp_path):
    sets = [part for text in NARROW for part in ("--set", text)]
    command = [sys.executable, "-m", "trainer", "smoke", "--config", str(CONFIGS / "paper"), "--out", str(tmp_path / "smoke"), *sets]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "smoke: " in done.stdout, done.stderr[-2000:]
    runs = Path(tmp_path / "smoke" / "runs")
    ours, teacher = load_checkpoint(runs / "ours.pt"), load_checkpoint(runs / "teacher.pt")
    assert ours["step"] == 2 and {"student", "downsampler", "discriminator_hr", "discriminator_lr"} == set(ours["networks"])
    assert any(not torch.equal(value, teacher["averages"]["teacher"][name]) for name, value in ours["networks"]["student"].items())
    assert all("share_g_lr" in row for row in read_rows(runs / "ours.jsonl") if "student" in row)
    assert not list((tmp_path / "smoke" / "export").glob("teacher*"))      # public weights are not ours to export


def test_the_papers_run_has_a_status_from_its_beginning(tmp_path, capsys):
    config = stage_config(CONFIGS / "paper", "status", [f'runs="{tmp_path}"'])
    status.main(config, None)
    (tmp_path / "teacher.pt").touch()
    status.main(config, None)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == 2 * config["stages"]
    assert "0 of 2, not begun" in lines[0] and "50%  1 of 2" in lines[len(lines) // 2]
