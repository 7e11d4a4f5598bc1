"""The section ``data`` of a configuration: which data, and how they become spikes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from spikeff.data.encoders import ENCODERS, EncoderSettings
from spikeff.data.registry import DATASETS, HELD_OUT, get_dataset
from spikeff.errors import ConfigError, UnknownKindError
from spikeff.ir.sizes import MAX_STEPS
from spikeff.settings.kinds import KindsOf, OneOf, Settings

MAX_SHIFT = 255


def _known_data_set(name: str) -> str:
    if name.partition(HELD_OUT)[0] not in DATASETS:
        raise ValueError(str(UnknownKindError("dataset", name, DATASETS)))
    try:
        get_dataset(name)
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return name


class DataSettings(Settings):
    """Which data, and how they become spikes.

    Attributes:
        dataset: Name in ``spikeff.data.registry``; "spoken-digits@george" holds a speaker out.
        encoder: Input code, a kind in ``spikeff.data.encoders``.
        steps: Time steps of a sample.
        shift: Images are shifted by up to this many pixels along both axes while training.
        mirror: Images are mirrored left for right at random while training.
        input_dropout: Share of the channels that carry the datum that is silenced at random for
            each sample while training; spikes of the others count 1 / (1 - share).
    """

    dataset: Annotated[str, AfterValidator(_known_data_set)]
    encoder: Annotated[
        EncoderSettings, OneOf("encoder", KindsOf(lambda: ENCODERS, lambda entry: entry.settings))
    ]
    steps: int = Field(ge=1, le=MAX_STEPS)
    shift: int = Field(default=0, ge=0, le=MAX_SHIFT)
    mirror: bool = False
    input_dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
