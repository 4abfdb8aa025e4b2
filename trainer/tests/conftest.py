import pytest

from trainer.tests.smallest import make_data, run


def pytest_configure(config):
    config.addinivalue_line("markers", "long: whole runs, of half a minute and more; `npm test` leaves them to `npm test -- all`")


@pytest.fixture
def data(tmp_path):
    """A root of small photographs."""
    return make_data(tmp_path / "data")


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """(data, runs) after the stages autoencoder, pool, teacher and targets; tests that change them take a copy."""
    folder = tmp_path_factory.mktemp("finished")
    data, runs = make_data(folder / "data"), folder / "runs"
    for stage in ("autoencoder", "pool", "teacher", "targets"):
        done = run(stage, data, runs)
        assert done.returncode == 0, done.stderr[-2000:]
    return data, runs
