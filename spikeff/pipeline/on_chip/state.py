"""What learning on a chip leaves behind: the network so far, and all that is needed to go on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.errors import FileFormatError, OutputError
from spikeff.ir.io.reading import reading
from spikeff.ir.io.sealed import Arrays, load_sealed, sealed_bytes
from spikeff.ir.io.whole_file import write_together
from spikeff.pipeline.saved import NETWORK
from spikeff.training.config.files import config_text, parse_config
from spikeff.training.config.schema import TrainConfig
from spikeff.training.run_folder import ON_CHIP

if TYPE_CHECKING:
    from hw_targets.learning.forward_forward import ChipLearner
    from lava_export.integers.network import IntegerNetwork

KIND, VERSION = "spikeff-on-chip-run", 2
STATE, LOG = ON_CHIP, "on_chip.json"


@dataclass(frozen=True)
class ChipEpoch:
    """Figures of one epoch; goodness as the objective sees it, per sample.

    Attributes:
        updates: Synapses that the engine worked on per learning sample, so far.
        presentations: Passes per learning sample, those that find negatives included.
        accuracy: On the probed training samples.
        shuffled_accuracy: On these with their spikes shuffled in time.
    """

    epoch: int
    positive: float
    negative: float
    updates: float
    presentations: float
    accuracy: float
    shuffled_accuracy: float


@dataclass(frozen=True)
class ChipRun:
    """A run as its file holds it.

    Attributes:
        device: Fields of the device that learned.
    """

    config: TrainConfig
    device: dict[str, Any]
    epochs: tuple[ChipEpoch, ...]
    arrays: Arrays


def save(out: Path, run: ChipRun, network: IntegerNetwork, log: bytes) -> None:
    """Write the run and its network, whole or not at all."""
    from lava_export.integers.file import integer_network_bytes

    meta = {
        "config": config_text(run.config),
        "device": run.device,
        "epochs": [asdict(epoch) for epoch in run.epochs],
    }
    write_together(
        {
            out / STATE: sealed_bytes(KIND, VERSION, meta, run.arrays),
            out / NETWORK: integer_network_bytes(network),
            out / LOG: log,
        }
    )


def load(out: Path) -> ChipRun:
    """Read a run.

    Raises:
        FileFormatError: There is none, or it is damaged.
    """
    path = out / STATE
    if not path.exists():
        raise FileFormatError(f"{out} holds no {STATE}: begin without --resume.")
    with reading(path, FileFormatError):
        meta, arrays = load_sealed(path, KIND, VERSION)
        try:
            names = {field.name for field in fields(ChipEpoch)}
            epochs = tuple(ChipEpoch(**{n: e[n] for n in names}) for e in meta["epochs"])
            config = parse_config(meta["config"], str(path))
            return ChipRun(config, dict(meta["device"]), epochs, arrays)
        except (LookupError, TypeError, ValueError) as error:
            raise FileFormatError(f"{path}: missing or malformed part ({error}).") from None


def require_free(out: Path, overwrite: bool) -> None:
    """Refuse to write into a folder that holds another run.

    Raises:
        OutputError: It does, and ``overwrite`` is not set, or it holds files that are not of a run
            on a chip.
    """
    names = [n for n in (STATE, NETWORK, LOG) if (out / n).exists()]
    if (out / "checkpoint.safetensors").exists() or (names and STATE not in names):
        raise OutputError(f"{out} holds other files of a training; choose another --out.")
    if names and not overwrite:
        raise OutputError(f"{out} holds a run; go on with --resume, or replace it by --overwrite.")


def arrays_of(learner: ChipLearner) -> Arrays:
    """All that learning changes."""
    work = learner.work
    numbers = [work.samples, work.presentations, work.spikes, work.operations]
    return learner.engine.arrays() | {
        "averages": learner.averages,
        "biases": learner.biases,
        "work": np.array(numbers, np.int64),
    }


def restore(learner: ChipLearner, run: ChipRun, origin: Path) -> None:
    """Put ``learner`` where the run left off.

    Raises:
        FileFormatError: Its arrays do not fit the network.
    """
    try:
        learner.engine.restore(run.arrays)
        learner.averages[:] = run.arrays["averages"]
        learner.biases[:] = run.arrays["biases"]
        work = learner.work
        numbers = (int(n) for n in run.arrays["work"])
        work.samples, work.presentations, work.spikes, work.operations = numbers
    except (KeyError, ValueError) as error:
        raise FileFormatError(f"{origin}: it does not fit its network ({error}).") from None
