"""Characters of Aesop's fables: a window of text, and the character that comes next.

A sample is a window of ``WINDOW`` characters, a row each, the newest last; of the 30 columns that
of the character is bright, the brighter the newer it is, so that the newest characters spike first.
The label is the next character. Every tenth fable is held out to test. The text is ``aesop.txt`` in
``--data DIR``: fables one after the other, each under a title in capitals. Letters count as small
ones, line breaks as spaces, and any other characters are left out. Task: Hinton 2022, section 3.4.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.errors import DataError
from spikeff.ir.arrays import Array

SYMBOLS = "abcdefghijklmnopqrstuvwxyz ,;."
FILE = "aesop.txt"
WINDOW = 10  # characters
HELD_OUT = 10  # one fable in so many
FAINTEST = 0.3  # brightness of the oldest character; the newest has 1
MOST_BYTES = 2**26


def load_aesop(split: str, directory: Path | None) -> Split:
    """Windows of the fables to train on, or of those held out; see ``spikeff.data.registry``.

    Raises:
        DataError: There is no directory or no such file, or it holds too few fables.
    """
    fables = [encoded(fable) for fable in fables_of(_text(directory))]
    chosen = [
        f for k, f in enumerate(fables) if (k % HELD_OUT == HELD_OUT - 1) == (split == "test")
    ]
    long = [fable for fable in chosen if len(fable) > WINDOW]
    if not long:
        raise DataError(
            f"{FILE} in {directory} holds {len(fables)} fables, and the {split} split needs one of "
            f"more than {WINDOW} characters; every one in {HELD_OUT} is held out."
        )
    windows = [np.lib.stride_tricks.sliding_window_view(fable[:-1], WINDOW) for fable in long]
    labels = [fable[WINDOW:] for fable in long]
    return Split(
        drawn(np.concatenate(windows)),
        np.concatenate(labels).astype(np.int64),
        (WINDOW, len(SYMBOLS)),
        len(SYMBOLS),
    )


def fables_of(text: str) -> list[str]:
    """The fables, each with its title; a line of capitals begins one."""
    fables: list[list[str]] = []
    for line in text.splitlines():
        if _is_title(line) or not fables:
            fables.append([])
        fables[-1].append(line)
    return ["\n".join(lines) for lines in fables]


def encoded(text: str) -> Array:
    """Numbers of the symbols of ``text``, int64; what is no symbol is left out."""
    places = {symbol: k for k, symbol in enumerate(SYMBOLS)}
    plain = text.lower().replace("\n", " ")
    return np.array([places[c] for c in plain if c in places], np.int64)


def drawn(windows: Array) -> Array:
    """Windows of numbers (samples, characters) as images, uint8 (samples, characters * symbols)."""
    samples, length = windows.shape
    levels = np.rint(255 * np.linspace(FAINTEST, 1.0, length)).astype(np.uint8)
    images = np.zeros((samples, length, len(SYMBOLS)), np.uint8)
    images[np.arange(samples)[:, None], np.arange(length), windows] = levels
    return images.reshape(samples, -1)


def _is_title(line: str) -> bool:
    return line.isupper() and sum(c.isalpha() for c in line) > 1


def _text(directory: Path | None) -> str:
    if directory is None:
        raise DataError(f"data set 'aesop' is read from a file: pass --data DIR with {FILE}.")
    path = directory / FILE
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path} is larger than {MOST_BYTES} bytes; give a shorter text.")
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise DataError(
            f"{path} is not there: pass --data DIR with the directory that {FILE} lies in."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as text in UTF-8 ({error}); save it as that."
        ) from None
