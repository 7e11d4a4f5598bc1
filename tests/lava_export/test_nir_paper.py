"""The networks that the NIR paper published (Pedersen et al. 2024), opened and compared.

Their files are NIR 0.1 and 0.2 of snnTorch, Norse and sinabs.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

import nir
import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct
from lava_export.chips.catalogue import get_chip
from lava_export.mapping.capacity import chip_capacity
from lava_export.nir.file import APPROXIMATE, read_nir
from lava_export.nir.importer import Imported, import_description
from lava_export.quantize.quantize import quantize
from spikeff.ir.arrays import Array
from spikeff.ir.trace import compare_traces
from spikeff.references import floats
from spikeff.references import norse as norse_reference
from tests.markers import slow_but
from tests.paths import NIR_PAPER

pytestmark = pytest.mark.skipif(
    not NIR_PAPER.is_dir(), reason="set SPIKEFF_NIR_PAPER to the files of the NIR paper"
)
ZERO, SUBTRACT = "braille_noDelay_bias_zero.nir", "braille_noDelay_noBias_subtract.nir"
FILES: dict[str, dict[str, Any]] = {
    "lif_norse.nir": {"dt": 1e-4, "steps": 60},
    ZERO: {"dt": 1e-4, "steps": 60, "reset": "zero"},
    SUBTRACT: {"dt": 1e-4, "steps": 60, "reset": "subtract"},
    "cnn_sinabs.nir": {"dt": 1.0, "steps": 12, "reset": "subtract"},
}
RATES = {"cnn_sinabs.nir": 0.05}


def opened(name: str, **changes: Any) -> Imported:
    return import_description(read_nir(NIR_PAPER / name), **(FILES[name] | changes))


def inputs_of(read: Imported, samples: int, rate: float = 0.3) -> Array:
    rng, network = np.random.default_rng(0), read.description
    rates = rng.uniform(0, rate, (1, samples, 1))
    return rng.random((network.steps, samples, network.input_size)) < rates


def in_norse(name: str, inputs: Array, subtract: bool) -> Array:
    """Output spikes of the network as Norse loads it, in float64."""
    import torch
    from norse.torch import from_nir
    from norse.torch.functional.reset import reset_subtract, reset_value

    def double(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.double()
        fields = getattr(value, "_fields", None)
        return type(value)(*map(double, value)) if fields else value

    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        graph = nir.read(NIR_PAPER / name, type_check=False)
        reset = reset_subtract if subtract else reset_value
        net = from_nir(graph, ignore_warnings=True, reset_method=reset, dt=1e-4).double()
        for module in net.modules():
            for field in ("p", "w_in", "r"):
                if hasattr(module, field):
                    setattr(module, field, double(getattr(module, field)))
        state, heard = None, []
        for step in inputs:
            fired, state = net(torch.as_tensor(step, dtype=torch.float64), state)
            heard.append(fired.numpy() > 0)
    logging.disable(logging.NOTSET)
    return np.array(heard)


def test_the_recurrent_net_spikes_as_norse_loads_it() -> None:
    read = opened(ZERO)
    inputs = inputs_of(read, 200)
    theirs = in_norse(ZERO, inputs, subtract=False)
    assert theirs.sum() > 10_000
    for simulator in (floats, norse_reference):
        ours = simulator.run(read.description, inputs).spikes["lif2"]
        np.testing.assert_array_equal(ours, theirs)


def test_the_subtracting_net_is_nearly_as_norse_loads_it() -> None:
    """Each spike's last thousandth is dropped (graded): few spikes move."""
    read = opened(SUBTRACT)
    assert "lif2: current" in [g.item for g in read.grades if g.grade == APPROXIMATE]
    inputs = inputs_of(read, 50)
    theirs = in_norse(SUBTRACT, inputs, subtract=True)
    ours = floats.run(read.description, inputs).spikes["lif2"]
    assert theirs.sum() > 500
    assert (ours != theirs).sum() < 0.03 * theirs.sum()
    hard = floats.run(opened(SUBTRACT, reset="zero").description, inputs).spikes["lif2"]
    assert (hard != theirs).sum() > 10 * (ours != theirs).sum()


def test_one_neuron_spikes_as_norse_loads_it() -> None:
    read = opened("lif_norse.nir")
    inputs = inputs_of(read, 20, rate=0.9)
    theirs = in_norse("lif_norse.nir", inputs, subtract=False)
    assert theirs.sum() > 50
    np.testing.assert_array_equal(floats.run(read.description, inputs).spikes["1"], theirs)


@pytest.mark.parametrize("name", slow_but(FILES, *(name for name in FILES if name != SUBTRACT)))
def test_they_reach_the_chip(name: str) -> None:
    """Quantise, cores, emulator; Lava's models bit for bit."""
    read = opened(name)
    network = quantize(read.description)
    assert sum(p.cores for p in chip_capacity(network, get_chip("loihi2"))) <= 128
    inputs = inputs_of(read, 2, RATES.get(name, 0.6))
    ours = emulator.run(network, inputs, record_states=True)
    assert not any(s.u_wraps for s in ours.saturation.values())
    assert ours.trace.spikes[network.readout.populations[0]].sum() > 3
    lava = direct.run_integer(network, inputs)
    assert compare_traces(ours.trace, lava.trace).equal
