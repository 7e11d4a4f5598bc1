"""Evaluation, ties, the time shuffle, comparison of traces, and the check of training."""

from __future__ import annotations

from tests.mutations.changes import argument, assigned, called, expression
from tests.mutations.mutation import Mutation

EVALUATION, TRACE = "spikeff.training.evaluation:", "spikeff.ir.trace:"
NETWORK, TIES = "spikeff.nn.ff_network:FFNetwork.", "spikeff.ir.readout_codes:"
TRAINED = "spikeff.pipeline.fidelity.trained:"

HAND_MADE = "tests/spikeff/training/test_evaluation.py"
READINGS = "tests/spikeff/pipeline/test_readings.py"
TRACES = "tests/spikeff/ir/test_trace.py"
CHECK = "tests/spikeff/pipeline/test_check_training.py"

MUTATIONS = (
    Mutation(
        "rate accuracy reads the configured goodness",
        NETWORK + "_goodness_of",
        expression("(RATE, 0.0) if by_rate else (spec.name, spec.beta)", "(spec.name, spec.beta)"),
        HAND_MADE,
    ),
    Mutation(
        "goodness to compare is summed in float32",
        NETWORK + "_goodness_of",
        expression("spikes.double()", "spikes"),
        HAND_MADE,
    ),
    Mutation(
        "constraint columns count as features",
        NETWORK + "_goodness_of",
        argument("layer_goodness", 4, "0"),
        HAND_MADE,
    ),
    Mutation(
        "rounding breaks ties",
        TIES + "best_classes",
        expression("best - rounding", "best"),
        READINGS,
    ),
    Mutation(
        "the short list answers with its first",
        TIES + "best_listed",
        expression("best_classes(goodness, among)", "listed[:, 0]"),
        READINGS,
    ),
    Mutation(
        "the short list holds the least likely",
        TIES + "likeliest",
        expression("-logits", "logits"),
        READINGS,
    ),
    Mutation(
        "nothing is shuffled",
        EVALUATION + "_evaluate_chunk",
        called("shuffle_in_time", "(lambda z, generator: z)"),
        HAND_MADE,
    ),
    Mutation(
        "the shuffle invents spikes",
        "spikeff.nn.coincidence:shuffle_in_time",
        assigned("left", "left"),
        "tests/spikeff/nn/test_agreement.py",
    ),
    Mutation(
        "all draws of the shuffle are one",
        EVALUATION + "draw_seed",
        expression("seed + draw * 0x9E3779B97F4A7C15", "seed"),
        HAND_MADE,
    ),
    Mutation(
        "few samples are shuffled as seldom as many",
        EVALUATION + "draws_for",
        expression("-(-SHUFFLED_ANSWERS // max(1, samples))", "1"),
        HAND_MADE,
    ),
    Mutation(
        "the spread is that of the mean",
        EVALUATION + "_summary",
        expression("shuffled.std(ddof=1)", "shuffled.std(ddof=1) / draws ** 0.5"),
        HAND_MADE,
    ),
    Mutation(
        "ratio of all draws to one",
        EVALUATION + "_summary",
        expression(
            "draws * tally.pairs[:, 0] / tally.pairs[:, 1]", "tally.pairs[:, 0] / tally.pairs[:, 1]"
        ),
        HAND_MADE,
    ),
    Mutation(
        "firing of negatives too",
        EVALUATION + "_tally_spikes",
        expression("z if shown is None else z[:, labels == shown]", "z"),
        HAND_MADE,
    ),
    Mutation(
        "pairs of negatives taken for those of positives",
        EVALUATION + "_tally_pairs",
        expression("labels == shown", "labels != shown"),
        HAND_MADE,
    ),
    Mutation(
        "columns of another class taken for one's own",
        EVALUATION + "_tally_pairs",
        expression(
            "torch.arange(pairs.shape[1], device=pairs.device) * network.classes",
            "torch.arange(pairs.shape[1], device=pairs.device)",
        ),
        HAND_MADE,
    ),
    Mutation(
        "traces compared in v, never in u",
        TRACE + "_compare_layer",
        expression("STATES", "('v',)"),
        TRACES,
    ),
    Mutation(
        "traces compared in u, never in v",
        TRACE + "_compare_layer",
        expression("STATES", "('u',)"),
        TRACES,
    ),
    Mutation(
        "states only measured, never asked to be equal",
        TRACE + "_compare_layer",
        expression("exact_states", "False"),
        TRACES,
    ),
    Mutation(
        "check: whatever training does, float32 explains it",
        TRAINED + "_at_threshold",
        expression("FLOAT32_MARGIN * known[1]", "known[1]"),
        CHECK,
    ),
    Mutation(
        "check: the gate's potential is taken for the neuron's",
        TRAINED + "_where_it_fired",
        expression("LIMIT_GATE", "place.population"),
        CHECK,
    ),
    Mutation(
        "check: training is compared with nothing",
        TRAINED + "_first_differences",
        expression("steps.any(axis=0)", "steps[:0].any(axis=0)"),
        CHECK,
    ),
)
