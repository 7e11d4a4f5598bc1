"""What a cost table has figures for, in words."""

from __future__ import annotations

from hw_targets.cost.table import CostTable

GROUPS = {
    "synaptic operations": ("synaptic_operation_pj", "dense_operation_pj"),
    "neuron updates": ("neuron_update_active_pj", "neuron_update_inactive_pj"),
    "spikes": ("spike_pj",),
    "messages": ("message_pj",),
    "hops": ("hop_east_west_pj", "hop_north_south_pj"),
    "learning": ("synaptic_update_pj",),
    "static power": ("static_per_core_mw", "static_per_chip_mw"),
    "float32 arithmetic": ("float32_add_pj", "float32_multiply_pj"),
    "integer arithmetic": (
        "int8_add_pj",
        "int8_multiply_pj",
        "int32_add_pj",
        "int32_multiply_pj",
    ),
    "memory": (
        "sram_per_byte_pj",
        "sram_32kb_per_byte_pj",
        "sram_1mb_per_byte_pj",
        "dram_per_byte_pj",
    ),
}
TIME = "time"


def covered(table: CostTable) -> tuple[str, ...]:
    """Groups of operations that at least one row of ``table`` prices, and whether it has times."""
    priced = (name for name, rows in GROUPS.items() if not table.rows.keys().isdisjoint(rows))
    return (*priced, *((TIME,) if table.has_time else ()))
