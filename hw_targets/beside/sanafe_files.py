"""A network and its run as SANA-FE reads them: architecture, mapped network, spike trace.

Source: J. A. Boyle et al., SANA-FE, IEEE TCAD 44(8), 2025; the formats are those of its arch/ and
snn/ descriptions, version 2.2. Costs come from a cost table of ours, so that both tools price by
the same figures.

SANA-FE has no model that is bit-exact with Lava's, so it replays: weights are zero, and a neuron
fires where the trace says so, forced by its bias. Energy and time do not depend on weights, and an
arriving spike still counts as input. Input and blanking line sit on a core of their own at tile 0,
whose neurons cost nothing; there is one group of them for each depth that they reach, so that they
arrive when Lava's clock lets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw_targets.cost.counts import ByName, source_spikes
from hw_targets.cost.latency import inference_steps
from hw_targets.cost.placement import MESH_COLUMNS, MESH_ROWS, Placement
from hw_targets.cost.table import CostTable
from lava_export.chips import limits
from lava_export.chips.catalogue import CHIPS
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace

ARCHITECTURE, NETWORK, SPIKES = "architecture.yaml", "network.yaml", "spikes.csv"
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

    inputs : bool (steps, presentations, input size).   trace : of ``period`` steps.
    """
    spikes = source_spikes(network, inputs, trace)
    steps = inference_steps(network, inputs.shape[1])
    depths = {p.name: p.depth for p in network.populations}
    entering = {
        _entry(c.source, depths[c.target]): _stream(spikes[c.source], depths[c.target], steps)
        for c in network.connections
        if c.source in (INPUT, BLANK)
    }
    hidden = {name: _stream(spikes[name], depth + 1, steps) for name, depth in depths.items()}
    texts = {
        ARCHITECTURE: architecture(table, sum(z.shape[1] for z in entering.values())),
        NETWORK: "\n".join(_network(network, placement, entering)) + "\n",
        SPIKES: spike_rows(hidden),
    }
    for name, text in texts.items():
        write_bytes_whole(folder / name, text.encode())
    return SanafeFiles(folder, steps)


def architecture(table: CostTable, entering: int) -> str:
    """Loihi's mesh at the costs of ``table``, with a core more for ``entering`` input neurons."""
    access, update = (
        _figure(table, "neuron_update_inactive"),
        _figure(table, "neuron_update_active"),
    )
    cells = {
        "barriers": ", ".join(f"{n}: {row.value}e-9" for n, row in table.barriers),
        "access_pj": access[0],
        "access_ns": access[1],
        "update_pj": update[0] - access[0],
        "update_ns": update[1] - access[1],
    }
    for name in ("synaptic_operation", "spike", "message", "hop_east_west", "hop_north_south"):
        cells[f"{name}_pj"], cells[f"{name}_ns"] = _figure(table, name)
    out = table.rows.get("message_out_ns")
    cells["message_out_ns"] = 0 if out is None else out.value
    tile = _TILE.format(**cells)
    core = _CORE.format(**cells)
    entry = _ENTRY.format(top=entering - 1, **cells)
    head = _HEAD.format(columns=MESH_COLUMNS, rows=MESH_ROWS, **cells)
    others = MESH_COLUMNS * MESH_ROWS - 1
    per_tile = limits.CORES_PER_TILE - 1
    return (
        f"{head}    - name: entry_tile\n{tile}"
        f"        - name: core[0..{per_tile}]\n{core}        - name: entry_core\n{entry}"
        f"    - name: tile[1..{others}]\n{tile}        - name: core[0..{per_tile}]\n{core}"
    )


def spike_rows(streams: ByName) -> str:
    """SANA-FE's spike trace: one line per spike, time steps from 1."""
    lines = ["neuron,timestep"]
    for name, stream in streams.items():
        lines.extend(f"{name}.{neuron},{step + 1}" for step, neuron in np.argwhere(stream))
    return "\n".join(lines) + "\n"


def _entry(source: str, depth: int) -> str:
    """Name of the entry neurons of a source for populations of one depth."""
    return f"{source}_{depth}"


def _stream(z: Array, late: int, steps: int) -> Array:
    """Spikes on the chip's clock, bool (steps, neurons): presentations in one stream, ``late``."""
    streamed = z.transpose(1, 0, 2).reshape(-1, z.shape[2])
    stream = np.zeros((steps, z.shape[2]), np.bool_)
    stream[late : late + len(streamed)] = streamed
    return stream


def _network(network: IntegerNetwork, placement: Placement, entering: ByName) -> Iterator[str]:
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
        fixed = "threshold: 1.0, reset: 0.0, leak_decay: 0.0, log_spikes: true"
        yield f"    - name: {p.name}\n      attributes: [soma_hw_name: soma, {fixed}]"
        yield f"      neurons:\n        - 0..{p.size - 1}: [bias: 0.0]"
    yield "  edges:"
    for c in network.connections:
        first = c.source if c.source in depths else _entry(c.source, depths[c.target])
        post, pre, _ = c.connectivity.stored(c.weights)
        for target, source in zip(post, pre, strict=True):
            yield f"    - {first}.{source} -> {c.target}.{target}: [weight: 0.0]"
    yield "mappings:"
    for name in entering:
        yield f"  - {name}: [core: {ENTRY_CORE}]"
    for p in network.populations:
        for neuron, core in enumerate(placement.core_of[p.name]):
            tile, within = divmod(int(core), limits.CORES_PER_TILE)
            yield f"  - {p.name}.{neuron}: [core: {_tile_number(tile)}.{within}]"


def _tile_number(tile: int) -> int:
    """SANA-FE numbers the tiles of its mesh column by column, we row by row."""
    return tile % MESH_COLUMNS * MESH_ROWS + tile // MESH_COLUMNS


def _figure(table: CostTable, name: str) -> tuple[float, float]:
    """Picojoules and nanoseconds of an operation; zero where the table has no such row."""
    figures = []
    for unit in ("pj", "ns"):
        row = table.rows.get(f"{name}_{unit}")
        if row is not None and row.value is None:
            raise ConfigError(f"cost table {table.name!r} has bounds only; SANA-FE needs values.")
        figures.append(0.0 if row is None or row.value is None else float(row.value))
    return figures[0], figures[1]


_HEAD = """architecture:
  name: loihi1_spikeff
  attributes:
    topology: mesh
    width: {columns}
    height: {rows}
    link_buffer_size: 16
    sync_model: table
    latency_sync: {{ {barriers} }}
  tile:
"""
_TILE = """      attributes:
        energy_north_hop: {hop_north_south_pj}e-12
        latency_north_hop: {hop_north_south_ns}e-9
        energy_east_hop: {hop_east_west_pj}e-12
        latency_east_hop: {hop_east_west_ns}e-9
        energy_south_hop: {hop_north_south_pj}e-12
        latency_south_hop: {hop_north_south_ns}e-9
        energy_west_hop: {hop_east_west_pj}e-12
        latency_west_hop: {hop_east_west_ns}e-9
      core:
"""
_UNITS = """          attributes:
            buffer_position: soma
            buffer_inside_unit: false
            max_neurons_supported: {neurons}
          axon_in:
            - name: axon_in
              attributes:
                energy_message_in: 0.0
                latency_message_in: {{message_ns}}e-9
          synapse:
            - name: synapse
              attributes:
                model: current_based
                energy_process_spike: {{synaptic_operation_pj}}e-12
                latency_process_spike: {{synaptic_operation_ns}}e-9
          dendrite:
            - name: dendrite
              attributes:
                model: accumulator
                energy_update: 0.0
                latency_update: 0.0
          soma:
"""
_OUT = """          axon_out:
            - name: axon_out
              attributes:
                energy_message_out: {message_pj}e-12
                latency_message_out: {message_out_ns}e-9
"""
_CORE = (
    _UNITS.format(neurons=CHIPS["loihi1"].neurons)
    + """            - name: soma
              attributes:
                model: leaky_integrate_fire
                energy_access_neuron: {access_pj}e-12
                latency_access_neuron: {access_ns}e-9
                energy_update_neuron: {update_pj}e-12
                latency_update_neuron: {update_ns}e-9
                energy_spike_out: {spike_pj}e-12
                latency_spike_out: {spike_ns}e-9
"""
    + _OUT
)
_ENTRY = (
    _UNITS.format(neurons=2**20)
    + """            - name: entry_soma[0..{top}]
              attributes:
                model: input
                energy_access_neuron: 0.0
                latency_access_neuron: 0.0
                energy_update_neuron: 0.0
                latency_update_neuron: 0.0
                energy_spike_out: 0.0
                latency_spike_out: 0.0
"""
    + _OUT
)
