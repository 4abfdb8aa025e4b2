import pytest

from trainer.tests.smallest import make_data


@pytest.fixture
def data(tmp_path):
    """A root of small photographs."""
    return make_data(tmp_path / "data")
