"""A network and its run as SANA-FE reads them: architecture, mapped network, spike trace.

Source: J. A. Boyle et al., SANA-FE, IEEE TCAD 44(8), 2025; the formats are those of its arch/ and
snn/ descriptions, version 2.2. Costs come from one of our cost tables, so that both tools price by
the same figures.

It is given the real weights, decays and biases, so that its own rules say which neurons it updates
and what an arriving spike does. It has no model that is bit-exact with Lava's, so spikes are
replayed: the threshold is out of reach, and a neuron fires where the trace says so, lifted over it
by its bias. Potentials are Lava's v over 2^6. SANA-FE clears none between presentations, as nothing
on Loihi 1 does. Input and blanking line sit on a core of their own at tile 0,
whose neurons cost nothing; there is one group of them for each depth that they reach, so that they
arrive when Lava's clock lets them.

Groups bear the names of their populations where these mean nothing in YAML, CSV or an address of
SANA-FE (``group.neuron``), else a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hw_targets.cost.counts import ByName, source_spikes
from hw_targets.cost.latency import inference_steps
from hw_targets.cost.mesh.queues import BUFFER
from hw_targets.cost.placement import MESH_COLUMNS, MESH_ROWS, Placement
from hw_targets.cost.table import Cost, CostTable
from lava_export.chips import limits
from lava_export.chips.catalogue import CHIPS
from lava_export.integers.network import IntegerNetwork, IntegerPopulation
from spikeff.errors import ConfigError, LimitError
from spikeff.extras import require_extra
from spikeff.ir.arrays import Array
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace

ARCHITECTURE, NETWORK, SPIKES = "architecture.yaml", "network.yaml", "spikes.csv"
EDGES = "  edges:"
PICO, NANO = 1e-12, 1e-9
# In weights: a potential ends at 2^17, and what lifts a neuron over the threshold is added to it.
THRESHOLD, LIFT = 2.0**24, 2.0**30
Part = dict[str, Any]
PLAIN = re.compile("[A-Za-z_]*[0-9]+")  # which no word of YAML is, nor a number
ENTRY_CORE = f"0.{limits.CORES_PER_TILE}"  # the fifth core of tile 0


@dataclass(frozen=True)
class SanafeFiles:
    """Where the three files are.   steps : time steps of the run that they describe."""

    folder: Path
    steps: int


def write_sanafe_files(
    folder: Path,
    network: IntegerNetwork,
    placement: Placement,
    inputs: Array,
    trace: SpikeTrace,
    table: CostTable,
) -> SanafeFiles:
    """Write the presentations of a run, streamed one after the other, into ``folder``.

    Args:
        inputs: bool (steps, presentations, input size).
        trace: Spikes of the run, of ``period`` steps.

    Raises:
        LimitError: A host writes biases for each sample.
    """
    if network.host:
        raise LimitError(
            f"population {network.host[0].target!r}: the host writes its biases for each sample, "
            f"and SANA-FE reads one bias for a run: import it with --currents-as planes."
        )
    spikes = source_spikes(network, inputs, trace)
    steps = inference_steps(network, inputs.shape[1])
    depths = {p.name: p.depth for p in network.populations}
    entering = entering_streams(network, spikes, steps)
    groups = group_names(depths, entering)
    hidden = {
        groups[name]: _stream(spikes[name], depth + 1, steps) for name, depth in depths.items()
    }
    texts = {
        ARCHITECTURE: architecture(table, sum(z.shape[1] for z in entering.values())),
        NETWORK: "\n".join(_network(network, placement, entering, groups)) + "\n",
        SPIKES: spike_rows(hidden),
    }
    for name, text in texts.items():
        write_bytes_whole(folder / name, text.encode())
    return SanafeFiles(folder, steps)


def architecture(table: CostTable, entering: int) -> str:
    """Loihi's mesh at the costs of ``table``, with a core more for ``entering`` input neurons."""
    cores = f"core[0..{limits.CORES_PER_TILE - 1}]"
    somas = f"entry_soma[0..{entering - 1}]"
    tiles = [
        _tile(table, "entry_tile", [_core(table, cores), _entry_core(table, somas)]),
        _tile(table, f"tile[1..{MESH_COLUMNS * MESH_ROWS - 1}]", [_core(table, cores)]),
    ]
    mesh = {
        "topology": "mesh",
        "width": MESH_COLUMNS,
        "height": MESH_ROWS,
        "link_buffer_size": BUFFER,
        "sync_model": "table",
        "latency_sync": {n: _value(row, NANO) for n, row in table.barriers},
    }
    described = {"name": "loihi1_spikeff", "attributes": mesh, "tile": tiles}
    yaml = require_extra("yaml")
    return str(yaml.safe_dump({"architecture": described}, sort_keys=False))


def spike_rows(streams: ByName) -> str:
    """SANA-FE's spike trace: one line per spike, time steps from 1."""
    lines = ["neuron,timestep"]
    for name, stream in streams.items():
        lines.extend(f"{name}.{neuron},{step + 1}" for step, neuron in np.argwhere(stream))
    return "\n".join(lines) + "\n"


def group_names(populations: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """A name of letters, underlines and digits for each population, none of them ``taken``."""
    used, groups = set(taken), {}
    for name in populations:
        plain = PLAIN.fullmatch(name) and name[0].isalpha() and name not in used
        groups[name] = name if plain else ""
        used.add(groups[name])
    number = 0
    for name in (name for name, group in groups.items() if not group):
        while f"group{number}" in used:
            number += 1
        groups[name] = f"group{number}"
        used.add(groups[name])
    return groups


def entering_streams(network: IntegerNetwork, spikes: ByName, steps: int) -> dict[str, Array]:
    """Spikes of the input and of the blanking line, by group: bool (steps, neurons)."""
    depths = {p.name: p.depth for p in network.populations}
    return {
        _entry(c.source, depths[c.target]): _stream(spikes[c.source], depths[c.target], steps)
        for c in network.connections
        if c.source in (INPUT, BLANK)
    }


def _entry(source: str, depth: int) -> str:
    """Name of the entry neurons of a source for populations of one depth."""
    return f"{source}_{depth}"


def _stream(z: Array, late: int, steps: int) -> Array:
    """Spikes on the chip's clock, bool (steps, neurons): presentations in one stream, ``late``."""
    streamed = z.transpose(1, 0, 2).reshape(-1, z.shape[2])
    stream = np.zeros((steps, z.shape[2]), np.bool_)
    stream[late : late + len(streamed)] = streamed
    return stream


def _network(
    network: IntegerNetwork, placement: Placement, entering: ByName, groups: dict[str, str]
) -> Iterator[str]:
    depths = {p.name: p.depth for p in network.populations}
    yield "network:\n  name: spikeff\n  groups:"
    unit = 0
    for name, stream in entering.items():
        yield f"    - name: {name}\n      attributes: []\n      neurons:"
        for neuron, train in enumerate(stream.T):
            bits = ",".join("1" if z else "0" for z in train)
            yield f"        - {neuron}: [soma_hw_name: 'entry_soma[{unit}]', spikes: [{bits}]]"
            unit += 1
    for p in network.populations:
        yield f"    - name: {groups[p.name]}\n      attributes: [{_constants(p)}]\n      neurons:"
        for neuron, bias in enumerate(real_biases(p)):
            yield f"        - {neuron}: [bias: {bias!r}]"
    yield EDGES
    for c in network.connections:
        first = groups.get(c.source) or _entry(c.source, depths[c.target])
        post, pre, weights = c.connectivity.stored(c.weights)
        for target, source, weight in zip(post, pre, weights, strict=True):
            real = math.ldexp(weight, c.weight_exp)
            yield f"    - {first}.{source} -> {groups[c.target]}.{target}: [weight: {real!r}]"
    yield "mappings:"
    for name in entering:
        yield f"  - {name}: [core: {ENTRY_CORE}]"
    for p in network.populations:
        for neuron, core in enumerate(placement.core_of[p.name]):
            tile, within = divmod(int(core), limits.CORES_PER_TILE)
            yield f"  - {groups[p.name]}.{neuron}: [core: {_tile_number(tile)}.{within}]"


def _constants(population: IntegerPopulation) -> str:
    """The attributes that all neurons of a population share."""
    unity = limits.DECAY_UNITY
    kept_current = max(unity - population.du - limits.DS_OFFSET, 0) / unity
    kept = (unity - population.dv) / unity
    return (
        f"soma_hw_name: soma, threshold: {THRESHOLD!r}, reset: 0.0, input_decay: {kept_current!r}, "
        f"leak_decay: {kept!r}, log_spikes: true"
    )


def real_biases(population: IntegerPopulation) -> list[float]:
    """Bias of every neuron in SANA-FE's units."""
    exponent = population.bias_exp - limits.VTH_SHIFT
    return [math.ldexp(mantissa, exponent) for mantissa in population.bias_mant.tolist()]


def _tile_number(tile: int) -> int:
    """SANA-FE numbers the tiles of its mesh column by column, we row by row."""
    return tile % MESH_COLUMNS * MESH_ROWS + tile // MESH_COLUMNS


def _tile(table: CostTable, name: str, cores: list[Part]) -> Part:
    """A tile with the four ways out of its router."""
    ways = {
        "north": "hop_north_south",
        "east": "hop_east_west",
        "south": "hop_north_south",
        "west": "hop_east_west",
    }
    figures = {way: _figure(table, row) for way, row in ways.items()}
    energy = {f"energy_{way}_hop": joules for way, (joules, _) in figures.items()}
    latency = {f"latency_{way}_hop": seconds for way, (_, seconds) in figures.items()}
    return _part(name, **energy, **latency) | {"core": cores}


def _core(table: CostTable, name: str) -> Part:
    """A core of neurons at the table's costs."""
    access, update, spike = (
        _figure(table, row) for row in ("neuron_update_inactive", "neuron_update_active", "spike")
    )
    soma = _part(
        "soma",
        model="leaky_integrate_fire",
        energy_access_neuron=access[0],
        latency_access_neuron=access[1],
        energy_update_neuron=update[0] - access[0],
        latency_update_neuron=update[1] - access[1],
        energy_spike_out=spike[0],
        latency_spike_out=spike[1],
    )
    return _units(table, name, CHIPS["loihi1"].neurons, soma)


def _entry_core(table: CostTable, somas: str) -> Part:
    """The core that the input comes from: its neurons cost nothing."""
    free = {
        f"{what}_{operation}": 0.0
        for operation in ("access_neuron", "update_neuron", "spike_out")
        for what in ("energy", "latency")
    }
    return _units(table, "entry_core", 2**20, _part(somas, model="input", **free))


def _units(table: CostTable, name: str, neurons: int, soma: Part) -> Part:
    """The units of a core that a spike passes, in their order."""
    message, synapse = (_figure(table, row) for row in ("message", "synaptic_operation"))
    sent = _value(table.rows.get("message_out_ns"), NANO)
    return {
        **_part(
            name, buffer_position="soma", buffer_inside_unit=False, max_neurons_supported=neurons
        ),
        "axon_in": [_part("axon_in", energy_message_in=0.0, latency_message_in=message[1])],
        "synapse": [
            _part(
                "synapse",
                model="current_based",
                energy_process_spike=synapse[0],
                latency_process_spike=synapse[1],
            )
        ],
        "dendrite": [_part("dendrite", model="accumulator", energy_update=0.0, latency_update=0.0)],
        "soma": [soma],
        "axon_out": [_part("axon_out", energy_message_out=message[0], latency_message_out=sent)],
    }


def _part(name: str, **attributes: Any) -> Part:
    return {"name": name, "attributes": attributes}


def _figure(table: CostTable, name: str) -> tuple[float, float]:
    """Joules and seconds of an operation; zero where the table has no such row."""
    figures = []
    for unit, scale in (("pj", PICO), ("ns", NANO)):
        row = table.rows.get(f"{name}_{unit}")
        if row is not None and row.value is None:
            raise ConfigError(f"cost table {table.name!r} has bounds only; SANA-FE needs values.")
        figures.append(_value(row, scale))
    return figures[0], figures[1]


def _value(row: Cost | None, scale: float) -> float:
    return 0.0 if row is None or row.value is None else float(row.value) * scale
