"""NIR's resets, constants, stages and ends: they respond as its equations say."""

from __future__ import annotations

import re
from typing import Any

import nir
import numpy as np
import pytest

from lava_export.nir.file import APPROXIMATE, ASSUMED
from lava_export.nir.importer import import_description
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.ir.readout_codes import answers
from spikeff.references import floats
from tests.networks.nir_chains import (
    DT,
    RNG,
    STEPS,
    chain,
    cuba,
    drive,
    integrate,
    on_chip,
    pool,
    require_equations,
    spiking,
)
from tests.networks.nir_euler import Euler

# Resets ------------------------------------------------------------------------------------------

W = RNG(5).normal(0.35, 0.5, (4, 6))
B = np.array([0.2, -0.1, 0.3, 0.05])


@pytest.mark.parametrize(
    "cell",
    [spiking(4), integrate(4), spiking(4, v_leak=np.full(4, 0.4)), spiking(4, r=np.arange(3.0, 7))],
    ids=["LIF", "IF", "leak potential", "gains"],
)
@pytest.mark.parametrize("layer", [nir.Linear(W), nir.Affine(W, B)], ids=["plain", "bias"])
def test_a_reset_by_subtraction_is_exact(cell: Any, layer: Any) -> None:
    made = chain(6, layer, cell)
    read = require_equations(made, drive(6), reset="subtract", readout="counts")
    assert not [g for g in read.grades if g.grade in (APPROXIMATE, ASSUMED)]
    zero = floats.run(import_description(made, DT, STEPS).description, drive(6)[:, None])
    soft = floats.run(read.description, drive(6)[:, None])
    assert zero.spikes["n1"].sum() < soft.spikes["n1"].sum()


def test_a_reset_by_subtraction_behind_a_current_drops_a_tail() -> None:
    made = chain(6, nir.Affine(W, B), cuba(4))
    read = require_equations(made, drive(6), reset="subtract")
    assert "n1: current" in [g.item for g in read.grades if g.grade == APPROXIMATE]
    slow = cuba(4, tau_syn=np.full(4, 30 * DT))
    with pytest.raises(DescriptionError, match=r"'n1': a current that keeps .* reset to zero"):
        import_description(chain(6, nir.Linear(W), slow), DT, 200, reset="subtract")


def test_a_late_reset_takes_the_whole_threshold() -> None:
    """snnTorch's default: the step after a spike loses the threshold, not what was left of it."""
    made = chain(6, nir.Linear(W), spiking(4))
    read = import_description(made, DT, STEPS, reset="subtract-late").description
    inputs = drive(6)
    v, wanted, fired = np.zeros(4), [], np.zeros(4)
    for x in inputs:
        v = v * (1 - 1 / 6) + W @ x - fired
        fired = (v > 1).astype(float)
        wanted.append(fired)
    ours = floats.run(read, inputs[:, None]).spikes["n1"][:, 0]
    np.testing.assert_array_equal(ours, np.array(wanted) > 0)


def test_a_reset_by_subtraction_reaches_the_chip() -> None:
    made = chain(
        6, nir.Affine(W, B), spiking(4), nir.Linear(RNG(7).normal(0.5, 0.4, (3, 4))), spiking(3)
    )
    read = require_equations(made, drive(6), reset="subtract")
    on_chip(read, drive(6))
    network = quantize(read.description)
    taken = [c for c in network.connections if c.role == "soft_reset" and c.target == "n1"]
    total = sum(int(-c.weights[0]) << c.weight_exp for c in taken)
    (neurons,) = [p for p in network.populations if p.name == "n1"]
    assert total == pytest.approx(neurons.vth * (1 - 1 / 6), abs=1)


@pytest.mark.parametrize("low", [-0.5, 0.3])
def test_a_reset_to_another_potential(low: float) -> None:
    for cell in (spiking(4, v_reset=np.full(4, low)), cuba(4, v_reset=np.full(4, low))):
        require_equations(chain(6, nir.Affine(W, B), cell), drive(6))


def test_where_the_membrane_starts_matters() -> None:
    """At 0, three below where spikes leave it, with half of it lost per step."""
    far = np.full(4, 3.0)
    quick = spiking(4, tau=np.full(4, 2 * DT), v_threshold=4 * far / 3, v_reset=far)
    made = chain(6, nir.Affine(4 * W, B), quick)
    for seed in range(6):
        require_equations(made, drive(6, seed, 0.5))


def test_resets_that_do_not_exist_are_refused() -> None:
    made = chain(6, nir.Linear(W), spiking(4))
    with pytest.raises(UnknownNameError, match="subtract-late"):
        import_description(made, DT, STEPS, reset="soft")
    low = chain(6, nir.Linear(W), spiking(4, v_reset=np.full(4, -0.5)))
    with pytest.raises(DescriptionError, match=r"v_reset = 0\.5 beside a reset by subtraction"):
        import_description(low, DT, STEPS, reset="subtract")


# Constants and stages ----------------------------------------------------------------------------


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_time_constants_may_differ_within_a_node(reset: str) -> None:
    taus = np.array([4.0, 9, 4, 2.5, 9]) * DT
    hidden = spiking(5, tau=taus, r=taus / DT)
    wide = RNG(1).normal(0.3, 0.5, (5, 6))
    made = chain(
        6,
        nir.Affine(wide, np.resize(B, 5)),
        hidden,
        nir.Linear(RNG(2).normal(0.4, 0.5, (4, 5))),
        spiking(4),
    )
    read = require_equations(made, drive(6), reset=reset)
    assert sum(p.name.startswith("n1.") for p in read.description.populations) == 3
    last = require_equations(chain(6, nir.Linear(wide), hidden), drive(6), reset=reset)
    assert last.description.readout.populations == ("n1.gathered",)


def test_both_time_constants_may_differ_within_a_node() -> None:
    syn, mem = np.array([2.0, 4, 2, 4]) * DT, np.array([5.0, 5, 8, 8]) * DT
    cell = cuba(4, tau_syn=syn, tau_mem=mem, w_in=syn / DT, r=mem / DT)
    last = nir.Linear(RNG(2).normal(0.4, 0.5, (4, 4)))
    read = require_equations(chain(6, nir.Linear(W), cell, last, spiking(4)), drive(6))
    assert sum(p.name.startswith("n1.") for p in read.description.populations) == 4


def test_many_time_constants_are_taken_together_and_said_so() -> None:
    taus = np.geomspace(2, 40, 100) * DT
    made = chain(
        6, nir.Linear(RNG(1).normal(0.3, 0.5, (100, 6))), spiking(100, tau=taus, r=taus / DT)
    )
    read = import_description(made, DT, STEPS)
    (said,) = [g for g in read.grades if g.item == "n1: time constants"]
    assert (said.grade, len(read.description.populations)) == (APPROXIMATE, 33)
    ours = floats.run(read.description, drive(6)[:, None]).spikes["n1.gathered"][:, 0]
    theirs = Euler(made, DT, drive(6), set()).spikes("n1")
    assert (ours != theirs).sum() < 0.05 * theirs.sum()


STAGES: dict[str, list[Any]] = {
    "Threshold": [nir.Threshold(np.full(4, 0.6))],
    "LI, Threshold": [
        nir.LI(tau=np.full(4, 5 * DT), r=np.full(4, 5.0), v_leak=np.full(4, 0.1)),
        nir.Threshold(np.full(4, 1.5)),
    ],
    "I, Threshold": [nir.I(r=np.full(4, 1 / DT)), nir.Threshold(np.array([3.0, 5, 7, 9]))],
    "CubaLI, Threshold": [
        nir.CubaLI(
            tau_syn=np.full(4, 2 * DT),
            tau_mem=np.full(4, 4 * DT),
            r=np.full(4, 4.0),
            v_leak=np.zeros(4),
            w_in=np.full(4, 2.0),
        ),
        nir.Threshold(np.full(4, 2.5)),
    ],
    "LI with a leak potential, LIF": [
        nir.LI(tau=np.full(4, 3 * DT), r=np.full(4, 2.0), v_leak=np.full(4, 0.2)),
        spiking(4),
    ],
}


@pytest.mark.parametrize("case", STAGES)
def test_stages(case: str) -> None:
    require_equations(chain(6, nir.Affine(W, B), *STAGES[case]), drive(6))


def test_every_channel_may_have_a_delay_of_its_own() -> None:
    waits = nir.Delay(np.array([0, 1, 3, 1]) * DT)
    read = require_equations(chain(6, nir.Affine(W, B), waits, spiking(4)), drive(6))
    assert sorted(c.delay for c in read.description.connections if c.source == "input") == [0, 1, 3]


@pytest.mark.parametrize("case", ["reset to a potential", "time constants", "stages"])
def test_stand_ins_reach_the_chip(case: str) -> None:
    taus = np.array([4.0, 9, 4, 2.5]) * DT
    cells = {
        "reset to a potential": [cuba(4, v_reset=np.full(4, -0.5))],
        "time constants": [spiking(4, tau=taus, r=taus / DT)],
        "stages": STAGES["LI, Threshold"],
    }[case]
    made = chain(6, nir.Affine(W, B), *cells)
    on_chip(require_equations(made, drive(6)), drive(6))


# Ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [(), (1,), (8, 1), (100,)])
def test_axes_of_time_and_batch_stand_in_front(axes: tuple[int, ...]) -> None:
    made = chain((*axes, 6), nir.Linear(W), spiking(4), outputs=(*axes, 4))
    read = import_description(made, DT, STEPS)
    assert read.description.input_size == 6
    said = [g for g in read.grades if g.item == "input: axes"]
    assert [g.grade for g in said] == ([ASSUMED] if np.prod(axes, dtype=int) > 1 else [])
    grid = chain((*axes, 2, 4, 4), pool(nir.SumPool2d, 2, 2), spiking((2, 2, 2)))
    assert import_description(grid, DT, STEPS).description.input_size == 32


def several(**more: Any) -> nir.NIRGraph:
    nodes = {
        "right": nir.Input(np.array([2])),
        "left": nir.Input(np.array([4])),
        "wl": nir.Linear(W[:, :4]),
        "wr": nir.Linear(W[:, 4:]),
        "cell": spiking(4),
        "two": spiking(2),
        "w": nir.Linear(RNG(3).normal(0.4, 0.5, (2, 4))),
        "a": nir.Output(np.array([4])),
        "b": nir.Output(np.array([2])),
    }
    edges = [("left", "wl"), ("right", "wr"), ("wl", "cell"), ("wr", "cell"), ("cell", "w")]
    edges += [("w", "two"), ("cell", "a"), ("two", "b")]
    return nir.NIRGraph(nodes, edges, metadata={}, type_check=False)


def test_several_inputs_stand_side_by_side_and_an_output_is_chosen() -> None:
    read = import_description(several(), DT, STEPS, output="b")
    assert read.description.readout.populations == ("two",)
    assert import_description(several(), DT, STEPS, output="a").description.readout.classes == 4
    alone = chain(6, nir.Linear(W), spiking(4))
    inputs = drive(6)
    ours = floats.run(read.description, inputs[:, None]).spikes["cell"][:, 0]
    np.testing.assert_array_equal(ours, Euler(alone, DT, inputs, set()).spikes("n1"))
    with pytest.raises(DescriptionError, match=re.escape("outputs 'a', 'b'")):
        import_description(several(), DT, STEPS)
    with pytest.raises(
        DescriptionError, match=re.escape("no output 'c'; its outputs are ['a', 'b']")
    ):
        import_description(several(), DT, STEPS, output="c")


def test_the_neuron_that_fires_first_may_be_the_answer() -> None:
    weights = np.array([[0.4, 0.4], [2.0, 0.0], [0.6, 0.6]])
    made = chain(2, nir.Linear(weights), spiking(3))
    read = import_description(made, DT, STEPS, readout="first-spike")
    assert not [g for g in read.grades if g.item == "readout"]
    counted = import_description(made, DT, STEPS)
    assert [g.grade for g in counted.grades if g.item == "readout"] == [ASSUMED]
    inputs = np.zeros((STEPS, 2, 2), bool)
    inputs[3, 0, 0], inputs[8:, 0, 1] = True, True  # neuron 1 once, then neuron 2 again and again
    inputs[:, 1, 1] = True
    spikes = floats.run(read.description, inputs).spikes
    assert spikes["n1"][:, 0].sum(0).argmax() == 2
    found = [
        answers(spikes, d.readout, d.populations) for d in (read.description, counted.description)
    ]
    assert [list(labels) for labels in found] == [[1, 2], [2, 2]]
    with pytest.raises(UnknownNameError, match="first-spike"):
        import_description(made, DT, STEPS, readout="membrane")
