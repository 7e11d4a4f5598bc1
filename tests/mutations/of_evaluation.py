"""Evaluation, ties, the time shuffle, comparison of traces, and the check of training."""

from __future__ import annotations

from tests.mutations.changes import argument, assigned, expression
from tests.mutations.mutation import Mutation

VIEWS, TALLY = "spikeff.evidence.views:", "spikeff.evidence.tally:EvidenceTally."
PERTURBATIONS, TRACE = "spikeff.evidence.perturbations:", "spikeff.ir.trace:"
NETWORK, TIES = "spikeff.nn.ff_network:FFNetwork.", "spikeff.ir.readout_codes:"
TRAINED = "spikeff.pipeline.fidelity.trained:"

HAND_MADE = "tests/spikeff/training/test_evaluation.py"
PERTURBED = "tests/spikeff/evidence/test_perturbations.py"
EVIDENCE = "tests/spikeff/evidence/test_tally.py"
READINGS = "tests/spikeff/pipeline/test_readings.py"
TRACES = "tests/spikeff/ir/test_trace.py"
CHECK = "tests/spikeff/pipeline/test_check_training.py"

MUTATIONS = (
    Mutation(
        "rate accuracy reads the configured goodness",
        VIEWS + "views_of_time",
        expression("replace(readout, goodness=RATE, beta=0.0, membrane=None)", "readout"),
        HAND_MADE,
    ),
    Mutation(
        "goodness to compare is summed in float32",
        "spikeff.ir.goodness:_counts",
        expression("np.float64", "np.float32"),
        HAND_MADE,
    ),
    Mutation(
        "constraint columns count as features",
        TIES + "summed_goodness",
        argument("layer_goodness", 4, "0"),
        HAND_MADE,
    ),
    Mutation(
        "goodness of a model is summed in float32",
        NETWORK + "_goodness_of",
        expression("collected(spikes, spec.steps).double()", "collected(spikes, spec.steps)"),
        HAND_MADE,
    ),
    Mutation(
        "constraint columns of a model count as features",
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
        VIEWS + "views_of_time",
        expression(
            "partial(shuffled, generator=_generator(seed, SHUFFLED, 0, draw))", "_as_recorded"
        ),
        HAND_MADE,
    ),
    Mutation(
        "the shuffle invents spikes",
        PERTURBATIONS + "shuffled",
        assigned("left", "left"),
        PERTURBED,
    ),
    Mutation(
        "the shuffle never reaches the last step",
        PERTURBATIONS + "shuffled",
        argument("generator.integers", 0, "steps - 1"),
        PERTURBED,
    ),
    Mutation(
        "jitter never moves a spike to an earlier step",
        PERTURBATIONS + "jittered",
        argument("generator.integers", 0, "step"),
        PERTURBED,
    ),
    Mutation(
        "jittered spikes that meet become one",
        PERTURBATIONS + "jittered",
        expression("~moved[drawn, neurons]", "drawn >= 0"),
        PERTURBED,
    ),
    Mutation(
        "deletion leaves the share that it takes",
        PERTURBATIONS + "thinned",
        expression(
            "generator.random(len(places)) < share", "generator.random(len(places)) >= share"
        ),
        PERTURBED,
    ),
    Mutation(
        "all draws of the shuffle are one",
        VIEWS + "_generator",
        expression("(seed, KINDS.index(kind), amount, draw)", "(seed, KINDS.index(kind), amount)"),
        EVIDENCE,
    ),
    Mutation(
        "few samples are shuffled as seldom as many",
        VIEWS + "draws_for",
        expression("_rounds(SHUFFLED_ANSWERS, samples)", "1"),
        HAND_MADE,
    ),
    Mutation(
        "the spread is that of the mean",
        TALLY + "agreement",
        expression("shares.std(ddof=1)", "shares.std(ddof=1) / self._draws ** 0.5"),
        HAND_MADE,
    ),
    Mutation(
        "ratio of all draws to one",
        TALLY + "agreement",
        expression("recorded * self._draws", "recorded"),
        HAND_MADE,
    ),
    Mutation(
        "share of time beyond nothing, not beyond chance",
        "spikeff.evidence.figures:time_share",
        expression("accuracy - chance", "accuracy"),
        EVIDENCE,
    ),
    Mutation(
        "the short list answers by goodness of all",
        TALLY + "_count_right",
        expression("best_listed(scores, listed)", "best_classes(scores)"),
        EVIDENCE,
    ),
    Mutation(
        "firing of negatives too",
        TALLY + "_add_firing",
        expression("spikes[population.name][:, shown]", "spikes[population.name]"),
        HAND_MADE,
    ),
    Mutation(
        "pairs of negatives taken for those of positives",
        TALLY + "_positive_columns",
        expression("labels == shown", "labels != shown"),
        HAND_MADE,
    ),
    Mutation(
        "columns of another class taken for one's own",
        TALLY + "_positive_columns",
        expression("np.arange(columns) * self._readout.classes", "np.arange(columns)"),
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
