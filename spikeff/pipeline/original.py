"""Spikes that a network's origin recorded, against those of its integers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.data.arrays import spike_images
from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.network import NetworkDescription
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import Comparison, SpikeTrace, compare_traces
from spikeff.references import floats

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork

OUTPUT = "spikes"  # the array that stands for the output population alone
FLOAT_SAMPLES = 64  # compared in floats, which run one after the other


@dataclass(frozen=True)
class OriginalComparison:
    """A simulator against the original, in the populations that both recorded.

    Attributes:
        pair: Spikes, population by population; the original is left.
        same_answers: Share of samples answered alike; None where the original recorded no output.
    """

    pair: Comparison
    same_answers: float | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, with the totals."""
        return pair_as_dict(self.pair) | {"same_answers": self.same_answers}


def pair_as_dict(pair: Comparison) -> dict[str, Any]:
    """JSON-able form of two traces side by side, with the totals."""
    return {
        "spikes": pair.spikes,
        "mismatches": pair.mismatches,
        "state_mismatches": pair.state_mismatches,
        "state_error": pair.state_error,
        "first_divergence": pair.first_divergence and asdict(pair.first_divergence),
        "layers": [asdict(layer) for layer in pair.layers],
    }


def load_original(path: Path, network: IntegerNetwork | NetworkDescription) -> dict[str, Array]:
    """Spikes bool (steps, samples, neurons) by population, from an .npz file.

    Its arrays are named by population and of shape (samples, steps, neurons); where none is, one
    named "spikes" is the output population's. Others are not read.

    Raises:
        DataError: The file has no such array, or one of another shape.
    """
    arrays, sizes = read_arrays(path), {p.name: p.size for p in network.populations}
    last = network.readout.populations[-1]
    known = {name: arrays[name] for name in sizes if name in arrays}
    if not known and OUTPUT in arrays:
        known = {last: arrays[OUTPUT]}
    if not known:
        raise DataError(
            f"{path} holds {sorted(arrays)}; name arrays of shape (samples, steps, neurons) by "
            f"population, of {', '.join(sizes)}, or one {OUTPUT!r} for {last!r}."
        )
    return {name: _spikes(path, name, given, sizes[name], network) for name, given in known.items()}


def _spikes(
    path: Path, name: str, given: Array, size: int, network: IntegerNetwork | NetworkDescription
) -> Array:
    spikes = spike_images(path, given)
    if spikes.shape[1:] != (network.steps, size):
        raise DataError(
            f"{path}: {name!r} has shape {spikes.shape}; the network's {name!r} has "
            f"(samples, {network.steps}, {size})."
        )
    return np.asarray(np.moveaxis(spikes > 0, 0, 1))


def compare_floats(
    description: NetworkDescription, expected: Path, inputs: Array
) -> OriginalComparison:
    """Compare recorded spikes with those of the floats, on the first samples.

    Args:
        description: The network in floats.
        expected: .npz file, see :func:`load_original`.
        inputs: bool (steps, samples, channels), those of the recording.

    Raises:
        DataError: The file has no such array, one of another shape or fewer samples.
    """
    original = load_original(expected, description)
    trace = floats.run(description, inputs[:, :FLOAT_SAMPLES])
    return compare_original(description, original, trace, "floats")


def compare_original(
    network: IntegerNetwork | NetworkDescription,
    original: dict[str, Array],
    trace: SpikeTrace,
    simulator: str = "emulator",
) -> OriginalComparison:
    """Compare recorded spikes with those of a simulator on the same samples.

    Raises:
        DataError: The original recorded fewer samples.
    """
    window = trace.window(network.steps).spikes
    samples = next(iter(window.values())).shape[1]
    for name, z in original.items():
        if z.shape[1] < samples:
            raise DataError(
                f"the original recorded {z.shape[1]} samples of {name!r}, and {samples} are "
                f"compared; pass --samples {z.shape[1]}."
            )
    theirs = SpikeTrace("original", {name: z[:, :samples] for name, z in original.items()})
    ours = SpikeTrace(simulator, {name: window[name] for name in original})
    alike = None
    if set(network.readout.populations) <= original.keys():
        both = (
            answers(each.spikes, network.readout, network.populations) for each in (theirs, ours)
        )
        alike = float(np.equal(*both).mean())
    return OriginalComparison(compare_traces(theirs, ours), alike)
