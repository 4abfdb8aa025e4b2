"""A complete preset of the smallest size, shared by the tests."""
import numpy as np
import pytest
from PIL import Image

from trainer.tests.smallest import smallest_preset


@pytest.fixture
def config(tmp_path):
    """The preset, with two random pictures as data and one to evaluate on."""
    rng = np.random.default_rng(0)
    for folder, name in (("data", "a.png"), ("data", "b.png"), ("eval", "crop_a.png")):
        (tmp_path / folder).mkdir(exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (17, 17, 3), dtype=np.uint8))
        coarse.resize((256, 256), Image.BICUBIC).save(tmp_path / folder / name)
    (tmp_path / "configs").mkdir(exist_ok=True)
    (tmp_path / "configs" / "autoencoder.toml").write_text("[options]\nlatent_noise = 0.05\n")
    (tmp_path / "configs" / "ours-conv.toml").write_text("downsampler = 'convolutional'\n[autoencoder]\nembed_dim = 4\n")
    return smallest_preset(tmp_path)
