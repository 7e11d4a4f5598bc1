import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spikeff.data.cifar10 import FILE
from spikeff.data.registry import classes_of, load_split
from spikeff.errors import DataError
from tests.paths import ROOT

NAME = "cifar10-jpeg"
CLASSES = [f"kind{k}" for k in range(10)]
SHARED = Path(os.environ.get("SPIKEFF_CIFAR10", ROOT.parent / "shared" / "data"))


def jpeg(colour, size=(32, 32), mode="RGB", kind="JPEG"):
    picture = io.BytesIO()
    Image.new(mode, size, colour).save(picture, kind)
    return picture.getvalue()


def members(per_class=3):
    """Each picture of its own plain colour, which names its class."""
    return {
        f"{split}/{kind}/{n:04}.jpg": jpeg((20 * k, 255 - 20 * k, 40 + 5 * n))
        for split, count in (("train", per_class), ("test", 1))
        for k, kind in enumerate(CLASSES)
        for n in range(count)
    }


def written(folder, content):
    with zipfile.ZipFile(folder / FILE, "w") as archive:
        for name, payload in content.items():
            archive.writestr(name, payload)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("cifar"), members() | {"README.txt": b"words"})


def test_pictures_with_their_labels_and_planes(folder):
    train, test = (load_split(NAME, split, folder) for split in ("train", "test"))
    assert (len(train), len(test)) == (30, 10)
    assert (train.shape, train.planes, train.classes) == ((96, 32), 3, 10)
    red, green, blue = train.images.reshape(30, 3, 1024).transpose(1, 0, 2).astype(int)
    assert np.abs(red - 20 * train.labels[:, None]).max() <= 3
    assert np.abs(green - 255 + 20 * train.labels[:, None]).max() <= 3
    assert sorted(np.round((blue.mean(1) - 40) / 5).astype(int)) == [0] * 10 + [1] * 10 + [2] * 10


def test_classes_are_mixed_in_a_fixed_order(folder):
    train = load_split(NAME, "train", folder)
    assert np.bincount(train.labels).tolist() == [3] * 10
    assert train.labels.tolist() != sorted(train.labels)
    np.testing.assert_array_equal(load_split(NAME, "train", folder).images, train.images)
    part = train.take(np.arange(7)).head(5)
    assert part.planes == 3


def broken(change):
    content = members(1)
    change(content)
    return content


FIRST = "train/kind0/0000.jpg"
BROKEN = {
    "nine classes": (lambda c: c.pop(FIRST), "holds 9 classes, kind1"),
    "one more class": (lambda c: c.update({"train/odd/1.jpg": c[FIRST]}), "holds 11 classes"),
    "another size": (lambda c: c.update({FIRST: jpeg(0, (32, 31))}), "32 x 31, RGB"),
    "grey": (lambda c: c.update({FIRST: jpeg(0, mode="L")}), "32 x 32, L"),
    "no JPEG": (lambda c: c.update({FIRST: jpeg(0, kind="PNG")}), "cannot be read as JPEG"),
    "cut off": (lambda c: c.update({FIRST: c[FIRST][:-200]}), "cannot be read as JPEG"),
    "large": (lambda c: c.update({FIRST: b"0" * 2**17}), "131072 bytes; pictures have"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_other_content_is_refused_by_name(case, tmp_path):
    change, message = BROKEN[case]
    with pytest.raises(DataError, match=message):
        load_split(NAME, "train", written(tmp_path, broken(change)))


def test_a_zip_that_is_missing_or_damaged(tmp_path, folder):
    with pytest.raises(DataError, match=r"pass --data DIR with cifar10_jpeg\.zip"):
        load_split(NAME, "train", None)
    with pytest.raises(DataError, match="does not exist"):
        load_split(NAME, "train", tmp_path)
    payload = (folder / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(payload[:-300])
    with pytest.raises(DataError, match="cannot be read as a zip"):
        load_split(NAME, "train", tmp_path)
    middle = payload.find(b"Exif") if b"Exif" in payload else payload.find(b"JFIF")
    (tmp_path / FILE).write_bytes(payload[:middle] + b"xxxx" + payload[middle + 4 :])
    with pytest.raises(DataError, match="cannot be read as a zip"):
        load_split(NAME, "test", tmp_path) and load_split(NAME, "train", tmp_path)


def test_an_encrypted_zip(tmp_path):
    payload = bytearray(written(tmp_path, members(1)).joinpath(FILE).read_bytes())
    entry = payload.find(b"PK\x01\x02")  # of the list of contents, its flags 8 bytes on
    payload[entry + 8] |= 1
    (tmp_path / FILE).write_bytes(payload)
    with pytest.raises(DataError, match="cannot be read as a zip"):
        load_split(NAME, "train", tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / FILE).is_file(), reason="set SPIKEFF_CIFAR10 to its directory")
def test_the_published_pictures():
    test = load_split(NAME, "test", SHARED)
    assert (len(test), classes_of(NAME)) == (10000, 10)
    assert np.bincount(test.labels).tolist() == [1000] * 10
    assert 110 < test.images.mean() < 130
