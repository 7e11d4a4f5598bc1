"""The integers that a command runs: a network file's, or those that a run's floats become."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.pipeline.compile.calibrated import calibration_inputs, quantized
from spikeff.pipeline.saved import Saved

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork

BITS = 8  # of a signed weight, where nobody says otherwise


def integers_of(source: Saved, data: Path | None, bits: int = BITS) -> IntegerNetwork:
    """The integers of a network file, or what the floats of a run become, as in an export.

    Args:
        data: Directory of the run's data set, on whose training samples it is calibrated.
        bits: Of a signed weight, for a run.

    Raises:
        LimitError: The floats do not fit.
    """
    if not source.is_run:
        return source.network()
    description = source.description()
    return quantized(description, bits, calibration_inputs(description, data))[0]
