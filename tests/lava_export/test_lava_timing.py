import numpy as np

from lava_export.integers.timing import Timing


def timing(latency=0):
    """Two samples of 3 steps and 1 idle step, one period before them, two populations."""
    return Timing(3, 4, 2, 4, {"first": 0, "second": 1}, latency)


def test_input_is_one_bit_per_channel_and_step():
    inputs = np.random.default_rng(0).random((3, 2, 11)) < 0.5
    rows = timing().input_rows(inputs)
    assert (rows.dtype, rows.shape) == (np.uint8, (timing().total, 2))
    bits = np.unpackbits(rows, axis=1, count=11).astype(bool)
    assert not bits[:4].any()
    np.testing.assert_array_equal(bits[4:7], inputs[:, 0])
    assert not bits[7].any()
    np.testing.assert_array_equal(bits[8:11], inputs[:, 1])
    assert not bits[11:].any()


def test_blanking_reaches_each_population_in_its_idle_step():
    """A line that spikes in time step t is heard in t + 1, and the latency of a border later."""
    for latency in (0, 2):
        at = timing(latency)
        for name in at.depths:
            sent = np.flatnonzero(np.unpackbits(at.blanking_rows(name), axis=1, count=1)[:, 0]) + 1
            heard = sent + 1 + latency
            idle = [at.start(name) + k for k in (-1, 3, 7)]
            assert set(heard) & set(range(at.start(name), at.start(name) + 8)) == set(idle[1:])
            assert idle[0] in heard
