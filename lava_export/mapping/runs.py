"""The fewest runs of consecutive neurons that each fit a core."""

from __future__ import annotations

from collections.abc import Callable

from spikeff.errors import LimitError

Fits = Callable[[int, int], bool]


def fewest_runs(neurons: int, guess: int, fits: Fits) -> tuple[int, ...]:
    """Sizes of the fewest runs, one after the other, that hold ``neurons`` neurons.

    Every run is filled until the next neuron would not fit. Where no limit is relieved by one more
    neuron, no other way to cut takes fewer runs: by induction the k-th run of any of them ends no
    later.

    Args:
        guess: Size that a run may have; the search starts there.
        fits: Whether neurons ``start`` to ``stop`` fit a core.

    Raises:
        NeuronTooLargeError: A neuron does not fit alone.
    """
    sizes: list[int] = []
    start = 0
    while start < neurons:
        guess = _longest_run(start, neurons - start, guess, fits)
        if not guess:
            raise NeuronTooLargeError(start)
        sizes.append(guess)
        start += guess
    return tuple(sizes)


class NeuronTooLargeError(LimitError):
    """A neuron that no core holds alone."""

    def __init__(self, neuron: int) -> None:
        super().__init__(f"neuron {neuron} alone exceeds a core.")
        self.neuron = neuron


def _longest_run(start: int, most: int, guess: int, fits: Fits) -> int:
    """Neurons of the longest run from ``start`` on, found around ``guess``; 0 for none."""
    low, high = 0, most + 1
    size, stride = min(guess, most), 1
    while high - low > 1:
        if fits(start, start + size):
            low, size = size, size + stride
        else:
            high, size = size, size - stride
        stride *= 2
        if not low < size < high:
            size = (low + high) // 2
    return low
