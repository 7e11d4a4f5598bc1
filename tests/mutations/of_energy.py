"""Counts of a run, what a reading pays, and their prices."""

from __future__ import annotations

import ast

from tests.mutations.changes import called, compared, expression
from tests.mutations.mutation import Mutation

COUNTS, EARLY = "hw_targets.cost.counts:", "spikeff.pipeline.energy.early_answer:"
ENERGY, LATENCY = "hw_targets.cost.energy:", "hw_targets.cost.latency:"
MEASUREMENT = "spikeff.pipeline.energy.measurement:"

BRUTE_FORCE = "tests/hw_targets/test_counts.py -k not Lavas and not lavas and not kind"
MEASURED = "tests/spikeff/pipeline/test_measurement.py"
READINGS = "tests/spikeff/pipeline/test_readings.py"
PRICES = "tests/hw_targets/test_energy.py"

MUTATIONS = (
    Mutation(
        "spikes of a delayed dense connection counted at once",
        COUNTS + "active_updates",
        expression("active[c.delay:]", "active[:len(active) - c.delay]"),
        BRUTE_FORCE,
    ),
    Mutation(
        "a neuron's own spike is no update",
        COUNTS + "active_updates",
        expression("spikes[name].copy()", "np.zeros_like(spikes[name])"),
        BRUTE_FORCE,
    ),
    Mutation(
        "a spike reaches one synapse in 64",
        "hw_targets.cost.reached:_by_matrix",
        expression("connection.weights.T != 0", "connection.weights.T > 0"),
        BRUTE_FORCE,
    ),
    Mutation(
        "dense operations without idle steps",
        COUNTS + "count_spikes",
        expression("network.period * pairs", "network.steps * pairs"),
        BRUTE_FORCE,
    ),
    Mutation(
        "inactive updates without idle steps",
        COUNTS + "count_spikes",
        expression("network.period * p.size", "network.steps * p.size"),
        BRUTE_FORCE,
    ),
    Mutation(
        "two matrices between the same ends counted once",
        COUNTS + "_matrices",
        expression("place_of(c)", "connection_name(c)"),
        BRUTE_FORCE,
    ),
    Mutation(
        "parts of a matrix counted as matrices",
        COUNTS + "_matrices",
        expression(
            "list({place_of(c): c for c in network.connections}.values())",
            "list(network.connections)",
        ),
        BRUTE_FORCE,
    ),
    Mutation(
        "synapses of silent neurons learn",
        COUNTS + "count_spikes",
        compared("per_neuron[c.source]", ast.Gt, ast.GtE),
        BRUTE_FORCE,
    ),
    Mutation(
        "synapses learn once for each spike",
        COUNTS + "count_spikes",
        expression("per_neuron[c.source] > 0", "per_neuron[c.source]"),
        BRUTE_FORCE,
    ),
    Mutation(
        "inhibition and gates learn",
        COUNTS + "count_spikes",
        expression("c.role == LEARNED", "True"),
        BRUTE_FORCE,
    ),
    Mutation(
        "inhibitory operations count as excitatory",
        COUNTS + "count_spikes",
        expression("c.weights > 0", "c.weights != 0"),
        BRUTE_FORCE,
    ),
    Mutation(
        "the blanking line is free",
        COUNTS + "source_spikes",
        expression("c.source == BLANK", "False"),
        BRUTE_FORCE,
    ),
    Mutation(
        "the neutral pass learns too",
        MEASUREMENT + "_measure_chunk",
        expression("readings.learning[:, -readings.learning_passes:]", "readings.learning"),
        MEASURED,
    ),
    Mutation(
        "training pays no neutral pass",
        MEASUREMENT + "_measure_chunk",
        expression("readings.learning", "readings.learning[:, 1:]"),
        MEASURED,
    ),
    Mutation(
        "answering early does not pay the neutral pass",
        EARLY + "_by_label_passes",
        expression(
            "neutral.total_joules(level)[:, np.newaxis] + passes.cumsum(axis=1)",
            "passes.cumsum(axis=1)",
        ),
        READINGS,
    ),
    Mutation(
        "answering early pays the last pass alone",
        EARLY + "_by_label_passes",
        expression("passes.cumsum(axis=1)", "passes"),
        READINGS,
    ),
    Mutation(
        "answering early answers with the label shown last",
        EARLY + "_by_label_passes",
        called("best_listed", "(lambda goodness, shown: shown[:, -1])"),
        READINGS,
    ),
    Mutation(
        "by steps, rounding breaks ties",
        EARLY + "_by_steps",
        called("best_classes", "(lambda goodness: goodness.argmax(axis=1))"),
        READINGS,
    ),
    Mutation(
        "a threshold is passed when it is reached",
        EARLY + "threshold_curve",
        compared("confidence", ast.Gt, ast.GtE),
        "tests/spikeff/pipeline/test_report.py -k threshold_curve",
    ),
    Mutation(
        "the pipeline fills in no time",
        LATENCY + "inference_steps",
        expression("passes * network.period + pipeline_fill(network)", "passes * network.period"),
        PRICES,
    ),
    Mutation(
        "static power of one core",
        ENERGY + "Estimate._static",
        expression("Fraction(figure) * MILLI * self.cores", "Fraction(figure) * MILLI"),
        PRICES,
    ),
    Mutation(
        "a word is read as one byte",
        ENERGY + "Term.joules",
        expression(
            "self.factor * self.cost.number(level) * 1e-12", "self.cost.number(level) * 1e-12"
        ),
        PRICES,
    ),
    Mutation(
        "the means forget how often a row is paid",
        ENERGY + "Term.exact_mean",
        expression("self.factor * int(self.count.sum())", "int(self.count.sum())"),
        PRICES,
    ),
)
