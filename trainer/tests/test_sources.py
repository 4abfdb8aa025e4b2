"""The parts are told apart by source picture, and bad files cost their name in one line."""
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from trainer.data import Crops, shrunk
from trainer.sources import parts_of, read_image
from trainer.stages import evaluate, sets
from trainer.tests.smallest import config_of, make_pictures
from trainer.validation import ValidationSet


def names(sources):
    return sorted(source.picture for source in sources)


def test_a_tile_of_a_held_out_photograph_is_held_out(data, tmp_path):
    Image.fromarray(np.zeros((256, 512, 3), np.uint8)).save(data / "photos" / "atlas.png")
    whole = parts_of(config_of("pool", data, tmp_path / "runs"))
    held = names(whole["validation"])
    assert len(held) == 2 and not set(held) & set(names(whole["train"]))
    tiles = data / "tiles"
    make_pictures(tiles, ["atlas_0"])
    rows = [f"atlas_0.png\t{x}\t0\t{name}.png@0.750\tA" for x, name in ((0, held[0]), (8, names(whole["train"])[0]))]
    (tiles / "MANIFEST.tsv").write_text("atlas\tx\ty\tsource_file\tlicence_class\n" + "\n".join(rows) + "\n")
    parts = parts_of(config_of("pool", data, tmp_path / "runs", 'data.folders=["photos", "tiles"]'))
    assert names(parts["validation"]) == held
    assert [source.corner for source in parts["train"] if source.corner] == [(0, 8)]


def test_research_pictures_validate_and_never_train(data, tmp_path):
    study = data / "study"
    make_pictures(study, ["x1", "x2", "x3"], seed=3)
    (study / "MANIFEST.tsv").write_text("file\tlicence_class\n" + "".join(f"x{i}.png\tR\n" for i in (1, 2, 3)))
    more = ('data.folders=["photos", "study"]', 'data.research_classes=["R"]', "validation.research_pictures=2")
    parts = parts_of(config_of("pool", data, tmp_path / "runs", *more))
    assert not any(source.licence_class == "R" for source in parts["train"])
    assert sum(source.licence_class == "R" for source in parts["validation"]) == 2 and len(parts["validation"]) == 4


def test_pictures_kept_aside_are_in_no_other_part(data, tmp_path):
    parts = parts_of(config_of("pool", data, tmp_path / "runs", 'aside.prefix="a"', "aside.pictures=1"))
    assert names(parts["aside"]) == ["a"] and "a" not in names(parts["train"]) + names(parts["validation"])


def test_the_validation_set_stays_when_training_pictures_come(data, tmp_path):
    config = config_of("pool", data, tmp_path / "runs")
    before = ValidationSet(config)
    make_pictures(data / "photos", ["another"], seed=9)
    held = names(parts_of(config)["validation"])
    after = ValidationSet(config)
    if held == before.names:
        assert np.array_equal(before.references, after.references)
    shared = set(held) & set(before.names)
    assert shared, "one new picture moves at most one other out"


def test_unreadable_small_and_cmyk_pictures_are_skipped_with_count_and_name(data, tmp_path, capsys):
    folder = data / "photos"
    whole = (folder / "a.png").read_bytes()
    (folder / "broken.png").write_bytes(whole[:len(whole) // 2])
    (folder / "text.jpg").write_text("no picture")
    Image.new("CMYK", (300, 300)).save(folder / "print.jpg")
    Image.new("RGB", (255, 300)).save(folder / "small.png")
    config = config_of("pool", data, tmp_path / "runs", "validation.pictures=0")
    assert len(Crops.of(config).images) == 6
    said = capsys.readouterr().out
    assert "3 unreadable: photos/broken.png, photos/print.jpg (CMYK), photos/text.jpg" in said
    assert "1 smaller than 256 pixels: photos/small.png" in said


def test_held_out_pictures_that_cannot_be_used_are_skipped_and_move_no_other(data, tmp_path, capsys):
    config = config_of("pool", data, tmp_path / "runs", "validation.pictures=6", 'validation.kinds=["realesrgan-test"]')
    before = ValidationSet(config)
    whole = (data / "photos" / "a.png").read_bytes()
    (data / "photos" / "a.png").write_bytes(whole[:len(whole) // 2])
    Image.new("RGB", (255, 300)).save(data / "photos" / "c.png")
    after = ValidationSet(config)
    assert before.names == ["a", "b", "c", "d", "e", "f"] and after.names == ["b", "d", "e", "f"]
    assert "1 unreadable: photos/a.png; 1 smaller than 256 pixels: photos/c.png" in capsys.readouterr().out
    rows = [before.names.index(name) for name in after.names]
    assert np.array_equal(after.references, before.references[rows])
    assert torch.equal(after.low["realesrgan-test"], before.low["realesrgan-test"][rows])
    for path in (data / "photos").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(SystemExit, match="no picture that is held out for validation can be used"):
        ValidationSet(config)


def test_pictures_of_256_pixels_a_side_validate(data, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (256, 257, 3), dtype=np.uint8)
    for path in (data / "photos").iterdir():
        Image.fromarray(picture).save(path)
    found = ValidationSet(config_of("pool", data, tmp_path / "runs"))
    assert all(any(np.array_equal(reference, picture[:, x:x + 256]) for x in (0, 1)) for reference in found.references)


def test_a_test_picture_that_cannot_be_used_is_named(data, tmp_path):
    config, path = config_of("evaluate", data, tmp_path / "runs"), data / "evalpack" / "crop_a.png"
    for content, fault in ((Image.new("RGB", (255, 300)), "255×300 pixels are too few"), (Image.new("CMYK", (300, 300)), "CMYK")):
        content.save(path, "PNG" if content.mode == "RGB" else "JPEG")
        with pytest.raises(SystemExit, match=f"crop_a.png cannot be tested on: {fault}"):
            evaluate.TestSet(config)


def test_area_reduction_is_the_rounded_mean_of_whole_blocks():
    image = np.random.default_rng(0).integers(0, 256, (65, 77, 3), dtype=np.uint8)
    for factor in (2, 3):
        height, width = 65 // factor, 77 // factor
        blocks = image[:height * factor, :width * factor].reshape(height, factor, width, factor, 3)
        assert np.array_equal(shrunk(image, factor), np.rint(blocks.mean(axis=(1, 3))))


def test_the_papers_sets_are_made_from_folders_of_pictures(tmp_path, capsys):
    make_pictures(tmp_path / "raw", [f"p{index:02}" for index in range(30)])
    for index in range(30):
        path = tmp_path / "raw" / f"p{index:02}.png"
        if index < 28:
            Image.open(path).resize((512, 512)).save(path)
    (tmp_path / "raw" / "broken.png").write_bytes(b"no picture")

    def run(stage, out):
        sets.main({"name": stage}, SimpleNamespace(folder=str(tmp_path / "raw"), out=str(tmp_path / out)))
        return capsys.readouterr().out

    assert "1 skipped: broken.png" in run("crops", "crops")
    made = sorted((tmp_path / "crops").iterdir())
    assert len(made) == 30 and Image.open(made[0]).size == (256, 256)
    assert np.array_equal(read_image(made[0]), read_image(tmp_path / "raw" / "p00.png")[128:384, 128:384])
    said = run("split", "split")
    assert "3 skipped" in said and "no square" in said
    parts = {part: sorted(path.stem for path in (tmp_path / "split" / part).glob("*.png")) for part in ("train", "validation", "test")}
    assert sum(map(len, parts.values())) == 28 and len(parts["train"]) > 14
    assert all(sets.part_of(name) == part for part, names in parts.items() for name in names)
    many = [sets.part_of(f"{index:05}") for index in range(20_000)]
    assert [round(many.count(part) / 20_000, 2) for part in parts] == [0.80, 0.15, 0.05]
    with pytest.raises(SystemExit, match="folder of the originals"):
        run("crops", "raw")
