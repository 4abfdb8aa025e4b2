"""The batches that students see."""
import torch

from trainer.loop import Randomness
from trainer.stages import fixture
from trainer.stages.student import with_flats

CASE = "iteration_default"


def test_areas_of_one_colour_take_the_place_of_crops_in_every_part_of_the_batch():
    autoencoder, before = fixture.autoencoder_of(CASE), fixture.batch_of(CASE)
    count = len(before.lr)
    kept = with_flats(fixture.batch_of(CASE), autoencoder.encode, Randomness(0, "flats", 0), {"batch": count})
    assert torch.equal(kept.x, before.x) and kept.weights is None
    options = {"batch": count, "flat_share": 1.0, "flat_weight": 40.0}
    flat = with_flats(fixture.batch_of(CASE), autoencoder.encode, Randomness(0, "flats", 0), options)
    assert flat.x.std((2, 3)).max() == 0 and torch.equal(flat.x[:, :, :1, :1], flat.lr[:, :, :1, :1]) and flat.x.abs().max() <= 1
    assert torch.equal(flat.z0, flat.zy) and torch.equal(flat.z0, flat.target)
    assert torch.equal(flat.z0, autoencoder.encode(flat.x).to(flat.z0)) and torch.equal(flat.weights, torch.full((count,), 40.0))
    assert torch.equal(flat.noise, before.noise)
