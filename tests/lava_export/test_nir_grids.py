"""Convolutions and poolings of NIR: they respond as torch's do, and stay what they are."""

from __future__ import annotations

import re
from typing import Any

import nir
import numpy as np
import pytest

from lava_export.nir.importer import import_description
from spikeff.errors import DescriptionError
from tests.networks.nir_chains import (
    DT,
    RNG,
    STEPS,
    chain,
    drive,
    on_chip,
    pool,
    require_equations,
    shape_behind,
    spiking,
)

BIAS = np.array([0.05, -0.1, 0.2, 0.0])


def conv(seed: int, weights: Any, size: Any, padding: Any = 0, **steps: Any) -> Any:
    kind = nir.Conv2d if len(weights) == 4 else nir.Conv1d
    defaults = {"stride": 1, "dilation": 1, "groups": 1} | steps
    bias = np.resize(BIAS, weights[0])
    return kind(size, RNG(seed).normal(0.1, 0.35, weights), padding=padding, bias=bias, **defaults)


GRIDS: dict[str, Any] = {
    "conv2d": lambda: ((2, 6, 7), [conv(1, (4, 2, 3, 2), (6, 7), (1, 0), stride=(2, 1))]),
    "dilation and groups": lambda: (
        (2, 7, 7),
        [conv(2, (4, 1, 3, 3), (7, 7), (1, 2), dilation=(1, 2), groups=2)],
    ),
    "same, even and odd": lambda: ((1, 5, 6), [conv(3, (3, 1, 2, 3), (5, 6), "same")]),
    "same with dilation": lambda: (
        (1, 6, 7),
        [conv(3, (2, 1, 2, 4), (6, 7), "same", dilation=(3, 1))],
    ),
    "valid": lambda: ((1, 5, 6), [conv(3, (3, 1, 2, 3), (5, 6), "valid")]),
    "without an input shape": lambda: ((2, 5, 5), [conv(4, (2, 2, 3, 3), None, (1, 1))]),
    "conv1d": lambda: ((2, 9), [conv(5, (3, 2, 4), 9, 1, stride=2)]),
    "conv1d same": lambda: ((2, 9), [conv(6, (3, 2, 4), 9, "same")]),
    "sum": lambda: ((2, 6, 6), [pool(nir.SumPool2d, 2, 2), nir.Scale(np.full((2, 3, 3), 0.2))]),
    "average of overlapping": lambda: ((2, 6, 6), [pool(nir.AvgPool2d, 3, 2, 1)]),
    "pool before conv": lambda: (
        (2, 8, 8),
        [pool(nir.SumPool2d, 2, 2), conv(7, (3, 2, 3, 3), (4, 4), (1, 1))],
    ),
    "pool before conv, a row left over": lambda: (
        (2, 9, 9),
        [pool(nir.SumPool2d, 2, 2), conv(7, (3, 2, 3, 3), (4, 4), (1, 1))],
    ),
    "overlapping pool before conv": lambda: (
        (2, 9, 9),
        [pool(nir.SumPool2d, 3, 2), conv(7, (3, 2, 3, 3), (4, 4), (1, 1))],
    ),
    "conv before pool": lambda: (
        (2, 8, 8),
        [conv(8, (3, 2, 3, 3), (8, 8), (1, 1)), pool(nir.AvgPool2d, 2, 2)],
    ),
    "two convolutions": lambda: (
        (2, 7, 7),
        [conv(9, (3, 2, 3, 3), (7, 7), (1, 1)), conv(10, (2, 3, 3, 3), (7, 7), 1)],
    ),
    "two poolings": lambda: (
        (2, 8, 8),
        [pool(nir.SumPool2d, 2, 2), pool(nir.SumPool2d, 2, 2), nir.Scale(np.full((2, 2, 2), 0.1))],
    ),
    "gain by channel": lambda: (
        (2, 5, 5),
        [
            conv(11, (3, 2, 3, 3), (5, 5)),
            nir.Scale(np.array([0.5, 1.5, 1.0])[:, None, None] * np.ones((3, 3, 3))),
        ],
    ),
    "gain by place": lambda: (
        (2, 5, 5),
        [conv(11, (3, 2, 3, 3), (5, 5)), nir.Scale(RNG(1).uniform(0.5, 1.5, (3, 3, 3)))],
    ),
    "gain before": lambda: (
        (2, 5, 5),
        [nir.Scale(RNG(1).uniform(0.5, 1.5, (2, 5, 5))), conv(11, (3, 2, 3, 3), (5, 5))],
    ),
    "flattened into a matrix": lambda: (
        (2, 6, 6),
        [
            pool(nir.SumPool2d, 2, 2),
            nir.Flatten({"input": np.array([2, 3, 3])}, 0, -1),
            nir.Affine(RNG(3).normal(0.1, 0.4, (5, 18)), RNG(4).normal(0, 0.1, 5)),
        ],
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("case", GRIDS)
def test_grids(case: str) -> None:
    shape, nodes = GRIDS[case]()
    made = chain(shape, *nodes, spiking(shape_behind(shape, nodes)))
    require_equations(made, drive(shape))


def kinds(graph: nir.NIRGraph) -> list[str]:
    read = import_description(graph, DT, STEPS).description
    return [c.connectivity.name for c in read.connections]


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("conv2d", "conv2d"),
        ("sum", "sum_pool2d"),
        ("pool before conv", "conv2d"),
        ("conv before pool", "conv2d"),
        ("pool before conv, a row left over", "sparse"),
        ("overlapping pool before conv", "sparse"),
        ("gain by channel", "conv2d"),
        ("gain by place", "sparse"),
    ],
)
def test_grids_keep_their_kind_where_it_can_hold_them(case: str, kind: str) -> None:
    shape, nodes = GRIDS[case]()
    assert kinds(chain(shape, *nodes, spiking(shape_behind(shape, nodes)))) == [kind]


def test_a_small_convolutional_net_reaches_the_chip() -> None:
    shape = (2, 8, 8)
    made = chain(
        shape,
        conv(1, (3, 2, 3, 3), (8, 8), (1, 1), stride=2),
        spiking((3, 4, 4)),
        pool(nir.SumPool2d, 2, 2),
        nir.Flatten({"input": np.array([3, 2, 2])}, 0, -1),
        nir.Linear(RNG(2).normal(0.3, 0.5, (4, 12))),
        spiking(4),
    )
    on_chip(require_equations(made, drive(shape)), drive(shape))


REFUSED = {
    "'n0' is a SumPool2d on 1 axes": lambda: chain(6, pool(nir.SumPool2d, 2, 2), spiking(3)),
    "'n0': sum_pool2d: patches of 9": lambda: chain(
        (1, 4, 4), pool(nir.SumPool2d, 9, 1), spiking(1)
    ),
    "'n0': 2 channels arrive, its weights take 3": lambda: chain(
        (2, 5, 5), conv(1, (2, 3, 3, 3), None), spiking((2, 3, 3))
    ),
    "'n0': padding = 'full'": lambda: padded("full"),
    "'n0': conv2d: groups": lambda: chain(
        (2, 5, 5), conv(1, (4, 2, 3, 3), (5, 5), groups=0), spiking(1)
    ),
    "'n0': 3 biases for 4": lambda: odd_bias(),
    "'n0': 3000000000009 synapses": lambda: chain(
        (1, 5, 5), conv(1, (1, 1, 2, 2), (5, 5), "same", dilation=(1, 10**12 + 1)), spiking(1)
    ),
}


def padded(text: str) -> nir.NIRGraph:
    node = conv(1, (1, 1, 3, 3), (5, 5), 0)
    node.padding = text
    return chain((1, 5, 5), node, spiking((1, 3, 3)))


def odd_bias() -> nir.NIRGraph:
    node = conv(1, (4, 1, 3, 3), (5, 5), 0)
    node.bias = np.ones(3)
    return chain((1, 5, 5), node, spiking((4, 3, 3)))


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_refused_by_name(message: str) -> None:
    with pytest.raises(DescriptionError, match=re.escape(message)):
        import_description(REFUSED[message](), DT, STEPS)
