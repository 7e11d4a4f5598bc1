"""Compiled loops that list which spikes of a source began and which ended since a known drive.

The drive of a step is never computed anew where it is near one that is known: of the step before,
as under the burst code, or of the same step of the sample before, as where labels are tried on one
image. Whichever takes the fewest additions is taken.
"""

from __future__ import annotations

import numpy as np

from hw_targets.loops import compiled
from spikeff.ir.arrays import Array

BYTES, PAIRS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
BYTE, PAIR, HALF = np.uint64(8), np.uint64(16), np.uint64(32)
LOW_HALF = np.uint64(0xFFFFFFFF)
WORD = 8  # spikes, one byte each, that are compared at once
MOST_WORDS = 255  # that are added up before a byte could overflow
FROM_NOTHING, FROM_STEP, FROM_SAMPLE = 0, 1, 2


@compiled
def differences(now: Array, before: Array) -> int:
    """How many bytes differ, all being 0 or 1; both uint64 (words,)."""
    total = np.int64(0)
    for low in range(0, len(now), MOST_WORDS):
        lanes = np.uint64(0)
        for word in range(low, min(low + MOST_WORDS, len(now))):
            lanes += now[word] ^ before[word]
        lanes = (lanes & BYTES) + ((lanes >> BYTE) & BYTES)
        lanes = (lanes & PAIRS) + ((lanes >> PAIR) & PAIRS)
        total += np.int64(lanes & LOW_HALF) + np.int64(lanes >> HALF)
    return int(total)


@compiled
def choose_ways(words: Array, low: int, high: int, ways: Array) -> int:
    """Find the way to the drive of every step that takes the fewest additions.

    Args:
        words: Spikes of all sources, 0 or 1 in every byte, uint64 (samples, steps, words).
        low: First word of the source.
        high: Word behind its last.
        ways: Written, uint8 (samples, steps).

    Returns:
        How many spikes and changes are to be added in all.
    """
    samples, steps, _ = words.shape
    silence = np.zeros(high - low, np.uint64)
    total = 0
    for sample in range(samples):
        for step in range(steps):
            now = words[sample, step, low:high]
            way, fewest = FROM_NOTHING, differences(now, silence)
            if fewest > 0 and step > 0:
                # One more, for the sums that are carried over.
                count = differences(now, words[sample, step - 1, low:high]) + 1
                if count < fewest:
                    way, fewest = FROM_STEP, count
            if fewest > 0 and sample > 0:
                count = differences(now, words[sample - 1, step, low:high])
                if count < fewest:
                    way, fewest = FROM_SAMPLE, count
            ways[sample, step] = way
            total += fewest
    return total


@compiled
def list_changes(
    scratch: Array,
    words: Array,
    low: int,
    high: int,
    ways: Array,
    first: int,
    starts: Array,
    places: Array,
) -> None:
    """List the spikes of every step that began and those that ended, by the way that was chosen.

    Args:
        scratch: Spikes of all sources, uint8 (samples, steps, channels of all sources).
        words: The same memory as uint64.
        low: First word of the source.
        high: Word behind its last.
        ways: Of :func:`choose_ways`.
        first: Number of the source's first channel in ``places``.
        starts: Written, int64 (samples, steps, 3): where those that began, those that ended and
            those of the next step begin in ``places``.
        places: Written, int32.
    """
    samples, steps, _ = scratch.shape
    ended = np.empty((high - low) * WORD + 1, np.int32)
    end = 0
    for sample in range(samples):
        for step in range(steps):
            way = ways[sample, step]
            known = way != FROM_NOTHING
            earlier = sample - (way == FROM_SAMPLE), step - (way == FROM_STEP)
            starts[sample, step, 0] = end
            fewer = 0
            for word in range(low, high):
                base = words[earlier[0], earlier[1], word] if known else np.uint64(0)
                if words[sample, step, word] == base:
                    continue
                for k in range(word * WORD, (word + 1) * WORD):
                    now = scratch[sample, step, k]
                    before = scratch[earlier[0], earlier[1], k] & known
                    places[end] = first + k - low * WORD
                    ended[fewer] = first + k - low * WORD
                    end += now & (before ^ 1)
                    fewer += before & (now ^ 1)
            starts[sample, step, 1] = end
            for k in range(fewer):
                places[end + k] = ended[k]
            end += fewer
            starts[sample, step, 2] = end


@compiled
def list_spikes(spikes: Array, words: Array, first: int, places: Array) -> int:
    """Write the places of ``spikes``, counted from ``first``; how many there are."""
    end = 0
    for word in range(len(words)):
        if words[word] == 0:
            continue
        for k in range(word * WORD, (word + 1) * WORD):
            places[end] = first + k
            end += spikes[k]
    return end
