"""Nodes whose parameters are single numbers stand for as many neurons as reach them."""

import nir
import numpy as np

from lava_export.nir.importer import import_description


def test_single_numbers_stand_for_a_layer():
    one = np.ones(1)
    weights = np.arange(6.0).reshape(2, 3)
    lif = nir.LIF(tau=5e-3 * one, r=one, v_leak=0 * one, v_threshold=one)
    graph = nir.NIRGraph(
        nodes={
            "in": nir.Input(np.array([3])),
            "synapses": nir.Linear(weights),
            "first": lif,
            "scale": nir.Scale(2 * one),
            "second": nir.LIF(tau=5e-3 * one, r=one, v_leak=0 * one, v_threshold=one),
            "out": nir.Output(np.array([2])),
        },
        edges=[
            ("in", "synapses"),
            ("synapses", "first"),
            ("first", "scale"),
            ("scale", "second"),
            ("second", "out"),
        ],
        type_check=False,
    )
    read = import_description(graph, dt=1e-3, steps=4).description
    assert [p.size for p in read.populations] == [2, 2]
    assert read.readout.classes == 2
