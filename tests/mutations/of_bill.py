"""Accounting boxes, the interval of time, what is merged, hashed and placed."""

from __future__ import annotations

from tests.mutations.changes import called, expression
from tests.mutations.mutation import Mutation

BOXES, LATENCY = "hw_targets.cost.boxes:", "hw_targets.cost.latency:"
BILL = "tests/hw_targets/test_boxes.py"
MEASURED = "tests/spikeff/pipeline/test_measurement.py"
NEUROBENCH = "tests/hw_targets/test_neurobench_zoo.py -k static"
RECOUNT = "tests/hw_targets/test_recount.py -k many"
SANAFE = "tests/hw_targets/test_sanafe.py -k leaves_behind"
WITHIN = "tests/hw_targets/test_time_bounds.py -k three"

MUTATIONS = (
    Mutation(
        "a chip draws its power for the shortest time alone",
        BOXES + "_whole_chip",
        expression("FLOOR in estimate.interval", "False"),
        BILL,
    ),
    Mutation(
        "one pass is cleared, whatever the passes",
        BOXES + "box_levels",
        expression("estimate.around.neurons * estimate.around.passes", "estimate.around.neurons"),
        BILL,
    ),
    Mutation(
        "what a table is all in for is counted again",
        BOXES + "box_levels",
        expression("name not in estimate.table.within", "True"),
        BILL,
    ),
    Mutation(
        "the whole chip's total leaves out the reset",
        BOXES + "totals",
        expression(
            "[DYNAMIC_BOX, IDLE_BOX, CHIP_BOX, RESET_BOX]", "[DYNAMIC_BOX, IDLE_BOX, CORES_BOX]"
        ),
        "tests/hw_targets/test_boxes.py -k whole_chip",
    ),
    Mutation(
        "the shortest time adds sending and receiving",
        LATENCY + "_everything_overlaps",
        expression("np.maximum(work.sending, work.receiving)", "work.sending + work.receiving"),
        WITHIN,
    ),
    Mutation(
        "the longest time is that of the busiest core",
        LATENCY + "_nothing_overlaps",
        expression(
            "(work.sending + work.receiving).sum(axis=2)",
            "(work.sending + work.receiving).max(axis=2) / 2",
        ),
        BILL,
    ),
    Mutation(
        "spikes are delivered a step after they are sent",
        LATENCY + "step_seconds",
        expression(
            "slice(p.depth, p.depth + streamed)", "slice(p.depth + 1, p.depth + 1 + streamed)"
        ),
        "tests/hw_targets/test_energy.py -k time_and_static",
    ),
    Mutation(
        "parts of a matrix are matrices to NeuroBench",
        "hw_targets.beside.neurobench:merged_weights",
        called("place_of", "id"),
        NEUROBENCH,
    ),
    Mutation(
        "layers show no pipeline fill",
        "spikeff.pipeline.energy.summary:_layers",
        expression("filling.get(name, 0)", "0"),
        MEASURED,
    ),
    Mutation(
        "every table is placed on the first one's chip",
        "spikeff.pipeline.energy.measurement:placements",
        expression("dict.fromkeys(table.chip for table in tables)", "dict.fromkeys(['loihi1'])"),
        MEASURED,
    ),
    Mutation(
        "a training step by tables that price no learning",
        "spikeff.pipeline.energy.measurement:_measure_chunk",
        expression("table.learns", "True"),
        MEASURED,
    ),
    Mutation(
        "whose network it was changes its hash",
        "spikeff.pipeline.energy.provenance:network_hash",
        expression('replace(network, chip="", provenance={})', "network"),
        MEASURED,
    ),
    Mutation(
        "labels are no part of the data's hash",
        "spikeff.pipeline.energy.provenance:data_hash",
        expression("(split.images, split.labels)", "(split.images,)"),
        MEASURED,
    ),
    Mutation(
        "a spike is one message, however many cores it reaches",
        "hw_targets.cost.traffic:traffic",
        expression("per_neuron @ reach.sum(axis=1)", "per_neuron @ reach.any(axis=1)"),
        RECOUNT,
    ),
    Mutation(
        "SANA-FE is given weights without their exponents",
        "hw_targets.beside.sanafe_files:_network",
        expression("math.ldexp(weight, c.weight_exp)", "float(weight)"),
        "tests/hw_targets/test_sanafe.py -k every_synapse",
    ),
    Mutation(
        "SANA-FE is given potentials that leak at once",
        "hw_targets.beside.sanafe_files:_constants",
        expression("(unity - population.dv) / unity", "0.0"),
        SANAFE,
    ),
)
