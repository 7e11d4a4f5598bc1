"""Recordings of events for the tests: in memory, and in the file formats of the data sets."""

import h5py
import numpy as np

EVENTS = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
SECOND = 1_000_000


class InMemory:
    """Two recordings of a 4 x 2 sensor of two polarities."""

    sensor_size = (4, 2, 2)

    def __init__(self, *recordings):
        self.recordings = recordings

    def __len__(self):
        return len(self.recordings)

    def __getitem__(self, index):
        events, label = self.recordings[index]
        return np.array(events, EVENTS), label


def recorded(seed, recordings=7):
    """Random events of a 4 x 2 sensor, two classes, in no order of time."""
    rng = np.random.default_rng(seed)

    def events():
        drawn = (rng.integers(0, most, 20) for most in (4, 2, SECOND, 2))
        return list(map(tuple, np.stack(list(drawn), 1).tolist()))

    return InMemory(*((events(), k % 2) for k in range(recordings)))


def nmnist_bytes(events):
    """Orchard's 40 bits an event: x, y, polarity and 23 bits of microseconds."""
    rows = [(x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255) for x, y, t, p in events]
    return bytes(np.array(rows, np.uint8))


def write_nmnist(root):
    for folder, digits in (("Train", (0, 7)), ("Test", (7,))):
        for digit in digits:
            path = root / "NMNIST" / folder / str(digit) / "00001.bin"
            path.parent.mkdir(parents=True)
            path.write_bytes(nmnist_bytes([(digit, 33, 200_000, 1), (1, 2, 70_000, 0)]))


def write_shd(root):
    (root / "SHD").mkdir()
    for half in ("train", "test"):
        with h5py.File(root / "SHD" / f"shd_{half}.h5", "w") as file:
            kinds = h5py.vlen_dtype(np.float16), h5py.vlen_dtype(np.uint16)
            times = file.create_dataset("spikes/times", (2,), kinds[0])
            units = file.create_dataset("spikes/units", (2,), kinds[1])
            times[0], units[0] = np.array([0.0, 0.5], np.float16), np.array([0, 699], np.uint16)
            times[1], units[1] = np.array([1.3], np.float16), np.array([350], np.uint16)
            file["labels"] = np.array([19, 3], np.uint16)
            file["extra/keys"] = np.array([b"zero", b"one"])
            file["extra/speaker"] = np.array([0, 1], np.uint16)


def write_gestures(root):
    for folder in ("ibmGestureTrain", "ibmGestureTest"):
        path = root / "DVSGesture" / folder / "user01_led" / "4.npy"
        path.parent.mkdir(parents=True)
        # x, y, polarity, milliseconds
        np.save(path, np.array([[0, 0, 0, 0], [127, 64, 1, 3000]], np.int64))


WRITERS = {"n-mnist": write_nmnist, "shd": write_shd, "dvs-gesture": write_gestures}
