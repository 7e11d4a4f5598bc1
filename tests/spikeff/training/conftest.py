import pytest

from spikeff.data.arrays import write_split

CONFIG = """
preset = "digits"
data.dataset = "arrays"
network.layers = [20]
network.layer_defaults.column_size = 10
schedule.epochs = 2
schedule.batch_size = 10
"""


@pytest.fixture
def few(tmp_path, small_digits):
    """A directory with 60 digits as one's own data, and a configuration of two epochs."""
    folder = tmp_path / "few"
    write_split(folder / "train.npz", small_digits.head(60))
    write_split(folder / "test.npz", small_digits.take(slice(60, 80)))
    (folder / "c.toml").write_text(CONFIG)
    return folder
