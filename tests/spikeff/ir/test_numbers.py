"""Numbers of every type arrive as Python's own, or are refused by the name of what they are for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from lava_export.integers.network import IntegerConnection
from spikeff.errors import ConfigError, DescriptionError, LimitError, SpikeffError
from spikeff.ir.codes import CLASS_COLUMNS, InputCode, LabelCode, Readout
from spikeff.ir.connectivity import DENSE, Connection, Conv2d
from spikeff.ir.network import INPUT, Population
from spikeff.ir.numbers import plain_numbers, settle_numbers, shown, whole_number
from spikeff.ir.sizes import MAX_STEPS
from spikeff.settings.kinds import plain_value
from tests import networks

WHOLE = [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)]
REAL = [0.5, np.float32(0.5), np.float16(0.5), np.array(0.5), torch.tensor(0.5), Fraction(1, 2)]
NEITHER = ["3", b"3", True, np.bool_(True), torch.tensor(True), None, 1j, [3], np.array([3]), "x"]
NOT_WHOLE = [*NEITHER, 3.0, np.float64(3.0), float("nan"), float("inf")]
NOT_REAL = [*NEITHER, float("nan"), np.float32("nan"), 10**400]


@dataclass(frozen=True)
class Part:
    """Fields of every kind that parts have."""

    count: int
    share: float
    limit: int | None = None
    places: tuple[int, ...] = ()
    pair: tuple[int, int] = (1, 1)
    each: float | tuple[float, ...] = 0.0
    on: bool = False

    def __post_init__(self) -> None:
        settle_numbers("part", self)


@plain_numbers
def called(
    name: str, count: int = 1, share: float = 0.5, limit: int | None = None, on: bool = False
) -> tuple[object, ...]:
    return name, count, share, limit, on


def exactly(value: object, expected: object) -> bool:
    return type(value) is type(expected) and value == expected


@pytest.mark.parametrize("value", WHOLE)
def test_whole_numbers_of_any_type(value: object) -> None:
    assert exactly(Part(value, 0.5).count, 3)  # type: ignore[arg-type]
    assert exactly(Part(1, 0.5, limit=value).limit, 3)  # type: ignore[arg-type]
    assert exactly(called("a", value)[1], 3)  # type: ignore[arg-type]
    assert exactly(called("a", limit=value)[3], 3)  # type: ignore[arg-type]
    assert exactly(whole_number("seed", value, 0, 3), 3)


@pytest.mark.parametrize("value", REAL)
def test_numbers_of_any_type(value: object) -> None:
    assert exactly(Part(1, value).share, 0.5)  # type: ignore[arg-type]
    assert exactly(Part(1, 1.0, each=(value, 1)).each, (0.5, 1.0))  # type: ignore[arg-type]
    assert exactly(called("a", share=value)[2], 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", NOT_WHOLE)
def test_what_is_no_whole_number(value: object) -> None:
    for make in (
        lambda: Part(value, 0.5),  # type: ignore[arg-type]
        lambda: Part(1, 0.5, places=(1, value)),  # type: ignore[arg-type]
        lambda: Part(1, 0.5, pair=(1, value)),  # type: ignore[arg-type]
    ):
        with pytest.raises(DescriptionError, match=r"part: (count|places|pair) = .*; give"):
            make()
    with pytest.raises(ConfigError, match=r"count = .*; give a whole number"):
        called("a", value)  # type: ignore[arg-type]
    with pytest.raises(LimitError, match=r"seed = .*; give a whole number from 0 to 9"):
        whole_number("seed", value, 0, 9, LimitError)


@pytest.mark.parametrize("value", NOT_REAL)
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(DescriptionError, match=r"part: share = .*; give a number"):
        Part(1, value)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"share = .*; give a number"):
        called("a", share=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1, 0, "yes", None, np.int8(1), 1.0])
def test_what_is_neither_true_nor_false(value: object) -> None:
    assert called("a", on=np.bool_(True))[4] is True  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"on = .*; give True or False"):
        called("a", on=value)  # type: ignore[arg-type]


def test_pairs_hold_two_and_lists_become_tuples() -> None:
    assert Part(1, 1, places=[1, np.int8(2)]).places == (1, 2)  # type: ignore[arg-type]
    with pytest.raises(DescriptionError, match="a tuple of 2 whole numbers"):
        Part(1, 1.0, pair=(1, 2, 3))  # type: ignore[arg-type]
    assert plain_value({"a": [np.float32(0.5), (np.int8(1),)]}) == {"a": (0.5, (1,))}


def test_a_wrong_call_is_a_wrong_call() -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        called("a", cuont=1)  # type: ignore[call-arg]


def test_long_values_are_shown_by_their_beginning() -> None:
    assert len(shown("x" * 10**6)) < 100
    assert len(str(SpikeffError("x" * 10**6))) < 10**4
    assert "bits" in shown(-(10**6000))


PARTS = {
    "input code": lambda **kw: InputCode(**{**vars(InputCode("burst", 3, 0.1, 2)), **kw}),
    "label code": lambda **kw: LabelCode(**{**vars(LabelCode(2, 2, (1,))), **kw}),
    "population": lambda **kw: Population(
        **{**vars(Population("a", 4, 0, 1.0, 1.0, 1.0, np.zeros(4), 2)), **kw}
    ),
    "connection": lambda **kw: replace(Connection(INPUT, "a", DENSE, np.ones((4, 3))), **kw),
    "conv2d": lambda **kw: replace(Conv2d((1, 4, 4), 2, (2, 2)), **kw),
    "integers": lambda **kw: replace(networks.integers(np.full((4, 3), 8)).populations[0], **kw),
    "synapses": lambda **kw: replace(networks.integers(np.full((4, 3), 8)).connections[0], **kw),
    "network": lambda **kw: replace(networks.integers(np.full((4, 3), 8)), **kw),
    "readout": lambda **kw: Readout(
        **{
            **vars(Readout(CLASS_COLUMNS, "rate", 0.5, 2, ("a",), np.zeros((2, 4)), np.zeros(2))),
            **kw,
        }
    ),
}


@pytest.mark.parametrize(
    ("part", "field", "values"),
    [
        ("input code", "pixels", [0, -1, 3.0, True]),
        ("input code", "threshold", [1.0, -0.1, "0.1", float("nan")]),
        ("input code", "spikes_per_channel", [0, 2.5]),
        ("label code", "classes", [0, 2.0]),
        ("label code", "steps", [(), (-1,), (1.0,), 1, "1"]),
        ("population", "size", [0, 4.0, 2**60]),
        ("population", "depth", [-1, 0.0, 2**53, 10**6]),
        ("population", "column_size", [0, -1, 3, 7, 2.0]),
        ("population", "constraint_columns", [-1, 3, 1.0]),
        ("population", "spike_limit", [0, -1, 1.0, True]),
        ("population", "tau_mem", [0.0, -1.0, float("inf"), "1"]),
        ("population", "tau_syn", [0.0, float("nan"), None]),
        ("connection", "delay", [-1, 1.5, True, "1"]),
        ("conv2d", "kernel", [(2, 2.0), (0, 1), 2, (1, 2, 3)]),
        ("conv2d", "groups", [0, 1.0]),
        ("integers", "du", [-1, 4096, 300.9, "1"]),
        ("integers", "dv", [-1, 4096, 12.0]),
        ("integers", "vth", [-1, 2**17, 10.5]),
        ("integers", "bias_mant", [np.full(4, 0.5), np.full(4, 2**16), np.ones(4, bool)]),
        ("integers", "bias_exp", [-1, 8, 1.0]),
        ("integers", "depth", [-1, 2**53]),
        ("integers", "column_size", [0, -1, 7]),
        ("integers", "current_scale", [0.0, -1.0, float("inf"), float("nan")]),
        ("synapses", "weights", [np.full((4, 3), 2.9), np.full((4, 3), 2**40)]),
        ("synapses", "weights", [np.full((4, 3), np.inf), np.full((4, 3), np.nan)]),
        ("synapses", "weights", [np.ones((4, 3), bool), np.full((4, 3), 2**15)]),
        ("synapses", "weight_bits", [-(10**7), 0, 8.0]),
        ("synapses", "weight_exp", [-7, 8, 0.0]),
        ("synapses", "delay", [-1, 1.5, MAX_STEPS + 1]),
        ("network", "steps", [0, -1, 4.0, MAX_STEPS + 1]),
        ("network", "idle_steps", [-1, 1.0, MAX_STEPS + 1]),
        ("network", "dt", [0.0, float("nan"), float("inf"), "1"]),
        ("readout", "classes", [0, 2.0, True]),
        ("readout", "beta", [1e308, -1.5, float("inf"), float("nan"), "0", (0.1, 0.2)]),
    ],
)  # fmt: skip
def test_parts_refuse_what_they_cannot_be(part: str, field: str, values: list[object]) -> None:
    PARTS[part]()
    for value in values:
        with pytest.raises((DescriptionError, LimitError), match=f"{field}|weight|neurons"):
            PARTS[part](**{field: value})


def test_whole_floats_are_integers_of_a_chip() -> None:
    made = IntegerConnection(INPUT, "a", DENSE, np.full((2, 2), 4.0), 8, 0, "mixed")
    assert made.weights.dtype == np.int16
