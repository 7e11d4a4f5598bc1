"""Objectives, goodness, rules, networks, optimiser and what a batch shows."""

from __future__ import annotations

from tests.mutations.changes import argument, called, expression, instead_of, term_dropped
from tests.mutations.mutation import Mutation

CONTRASTS = "spikeff.learning.objectives.contrasts:"
CLASSES = "spikeff.learning.objectives.class_columns:"
POPULATION, GOODNESS = "spikeff.nn.population:SpikingPopulation.", "spikeff.ir.goodness:"
LIF, NETWORK = "spikeff.nn.neurons.lif:", "spikeff.nn.network:"
ARRIVAL, TRAINER = "spikeff.nn.graph.projection:Arrival.", "spikeff.training.trainer:Trainer."
LABELS, RULES = "spikeff.learning.negatives.labels:", "spikeff.learning.rules."
READOUT, PIECES = "spikeff.learning.readout:SoftmaxReadout.", "spikeff.learning.microbatch:"

STEP = "tests/spikeff/learning/test_steps_by_autograd.py"
BATCHES = "tests/spikeff/training/test_batches.py"
NEGATIVES = "tests/spikeff/learning/test_negatives.py tests/spikeff/learning/test_hybrids.py"
SPLIT = "tests/spikeff/learning/test_pieces.py -k add_up"

MUTATIONS = (
    Mutation(
        "threshold of constraint columns with the wrong sign",
        CONTRASTS + "Threshold.push",
        expression("sign * self.theta", "self.theta"),
        STEP,
    ),
    Mutation(
        "push of constraint columns with the wrong sign",
        CONTRASTS + "Contrast._judged",
        expression("sign / (shown.batch * width)", "1.0 / (shown.batch * width)"),
        STEP,
    ),
    Mutation(
        "goodness of constraint columns not negated",
        CONTRASTS + "Contrast._judged",
        expression(
            "sign * columns[:, group].mean(1).reshape(total.shape)",
            "columns[:, group].mean(1).reshape(total.shape)",
        ),
        STEP,
    ),
    Mutation(
        "loss is a sum over samples",
        CONTRASTS + "Contrast._judged",
        expression("shown.batch * width", "width"),
        STEP,
    ),
    Mutation(
        "loss is a sum over columns",
        CONTRASTS + "Contrast._judged",
        expression("shown.batch * width", "shown.batch"),
        STEP,
    ),
    Mutation(
        "several negatives push as so many",
        CONTRASTS + "Threshold.push",
        expression("max(1, len(goodness) - positives)", "1"),
        STEP,
    ),
    Mutation(
        "positives are pushed down",
        CONTRASTS + "Threshold.push",
        expression(
            "torch.sigmoid(theta - goodness[:positives])",
            "-torch.sigmoid(theta - goodness[:positives])",
        ),
        STEP,
    ),
    Mutation(
        "asleep, the first negatives are positives",
        CONTRASTS + "Threshold.push",
        expression("phase is Phase.ASLEEP", "False"),
        STEP,
    ),
    Mutation(
        "pair: the positive is not pushed",
        CONTRASTS + "Pair.push",
        expression("-signal[1:].sum(0)", "0.0"),
        STEP,
    ),
    Mutation(
        "softmax of goodness without its temperature",
        CONTRASTS + "Softmax.push",
        expression("goodness / self.temperature", "goodness"),
        STEP,
    ),
    Mutation(
        "softmax: error not over the temperature",
        CONTRASTS + "Softmax.push",
        expression("signal / self.temperature", "signal"),
        STEP,
    ),
    Mutation(
        "class columns without their temperature",
        CLASSES + "ClassColumns.push",
        expression("goodness / self.temperature", "goodness"),
        STEP,
    ),
    Mutation(
        "columns of the classes interleaved",
        CLASSES + "to_columns",
        expression("push.repeat_interleave(share, 1)", "push.repeat(1, share)"),
        STEP,
    ),
    Mutation(
        "each column of a class pushed as if alone",
        CLASSES + "to_columns",
        term_dropped("share"),
        STEP,
    ),
    Mutation(
        "homeostasis off",
        POPULATION + "hold_back_",
        expression("self.homeostasis or self.peers", "None"),
        STEP,
    ),
    Mutation(
        "homeostasis with its sign turned",
        POPULATION + "hold_back_",
        called("error.sub_", "error.add_"),
        BATCHES,
    ),
    Mutation(
        "homeostasis below its target too",
        POPULATION + "_homeostatic_error",
        expression(
            "(spikes.mean((0, 1)) - self.target_firing).clamp_(min=0.0)",
            "spikes.mean((0, 1)) - self.target_firing",
        ),
        BATCHES,
    ),
    Mutation(
        "homeostasis of a piece counts as that of the batch",
        POPULATION + "hold_back_",
        expression("share * self._homeostatic_error(spikes)", "self._homeostatic_error(spikes)"),
        STEP,
    ),
    Mutation(
        "surrogate derivative left out",
        POPULATION + "error",
        argument("in_columns", 0, "psi * 0 + 1"),
        STEP,
    ),
    Mutation(
        "scale of the goodness forgotten",
        POPULATION + "spike_error",
        expression("modulation * spec.scale", "modulation"),
        STEP,
    ),
    Mutation(
        "a neuron is its own mate",
        GOODNESS + "_less_own",
        expression("n[..., None] - z", "n[..., None] - 0 * z"),
        STEP,
    ),
    Mutation(
        "synchrony learns without its chance level",
        GOODNESS + "_synchrony_derivative",
        expression(
            "_smoothed(n, beta) - n.sum(0) * _mean_weight(len(n), beta)", "_smoothed(n, beta)"
        ),
        STEP,
    ),
    Mutation(
        "windowed pairs learn from the past alone",
        GOODNESS + "_smoothed",
        expression("past[step] + future[step]", "past[step]"),
        STEP,
    ),
    Mutation(
        "rate goodness learns half",
        GOODNESS + "_rate_derivative",
        expression("2 * z.sum(0)[None]", "z.sum(0)[None]"),
        STEP,
    ),
    Mutation(
        "three-factor rule without its trace",
        RULES + "three_factor:ThreeFactor.drive_error",
        expression("run.layer.constants.filter_error(error)", "error"),
        STEP,
    ),
    Mutation(
        "surrogate gradient runs through resets",
        RULES + "surrogate_gradient:SurrogateGradient.drive_error",
        expression(
            "run.layer.constants.adjoint(error, run.spikes)",
            "run.layer.constants.filter_error(error)",
        ),
        STEP,
    ),
    Mutation(
        "backward pass: the membrane does not leak",
        LIF + "adjoint_run",
        expression("1.0 - constants.dv", "1.0"),
        STEP,
    ),
    Mutation(
        "backward pass: the current does not decay",
        LIF + "adjoint_run",
        expression("current * constants.du", "current * 0"),
        STEP,
    ),
    Mutation(
        "surrogate is not squared",
        LIF + "surrogate_",
        expression(
            "distance.abs_().mul_(slope).add_(1.0).square_().reciprocal_()",
            "distance.abs_().mul_(slope).add_(1.0).reciprocal_()",
        ),
        STEP,
    ),
    Mutation(
        "neurons learn after their last spike",
        LIF + "_run",
        instead_of("psi[step].mul_"),
        STEP,
    ),
    Mutation(
        "backprop: the error from above is lost",
        RULES + "backprop:Backprop.learn",
        expression("error + above", "error"),
        STEP,
    ),
    Mutation(
        "label channels learn from their first step only",
        NETWORK + "SpikingFFNetwork._label_change",
        expression("drive_error[list(code.steps)].sum(0)", "drive_error[code.steps[0]]"),
        STEP,
    ),
    Mutation(
        "labels are shown in their first step only",
        NETWORK + "SpikingFFNetwork._add_labels_",
        expression("code.steps", "code.steps[:1]"),
        STEP,
    ),
    Mutation(
        "label channels of a class interleaved",
        NETWORK + "SpikingFFNetwork._label_change",
        expression(
            "(chosen.t() @ weighted).repeat_interleave(code.neurons, dim=0)",
            "(chosen.t() @ weighted).repeat(code.neurons, 1)",
        ),
        STEP,
    ),
    Mutation(
        "budget of spikes cut a spike late",
        NETWORK + "within_budget",
        expression("before < budget", "before <= budget"),
        STEP,
    ),
    Mutation(
        "budget of spikes forgotten",
        NETWORK + "SpikingFFNetwork.pass_on",
        expression("self.budget is None", "True"),
        STEP,
    ),
    Mutation(
        "in time: changes forget the delay",
        ARRIVAL + "changes",
        expression("self.projection.delay", "0"),
        STEP,
    ),
    Mutation(
        "in time: every loop is one step long",
        ARRIVAL + "drive_at",
        expression("step - self.projection.delay", "step - 1"),
        "tests/spikeff/nn/test_timed_network.py -k step_by_step",
    ),
    Mutation(
        "readout learns from a sum over samples",
        READOUT + "learn",
        term_dropped("len(labels)"),
        STEP,
    ),
    Mutation(
        "readout's bias does not learn",
        READOUT + "learn",
        expression("error.sum(0)[:, None]", "0 * error.sum(0)[:, None]"),
        STEP,
    ),
    Mutation(
        "label gain does not widen the step",
        "spikeff.learning.optim:LocalAdam.ascend",
        expression("learning_rate * gain", "learning_rate"),
        BATCHES,
    ),
    Mutation(
        "the schedule stands still",
        "spikeff.training.settings:rate_factor",
        argument("SCHEDULES[settings.kind].factor", 0, "0.0"),
        BATCHES,
    ),
    Mutation(
        "weights are not balanced after a batch",
        TRAINER + "_train_batch",
        instead_of("self._balance"),
        BATCHES,
    ),
    Mutation(
        "weights are not balanced at first",
        TRAINER + "calibrate",
        instead_of("self._balance"),
        BATCHES,
    ),
    Mutation(
        "input dropout 0",
        TRAINER + "_train_batch",
        argument("events.dropped", 0, "0.0"),
        BATCHES,
    ),
    Mutation("shift 0", TRAINER + "_augmented", argument("shift_images", 2, "0"), BATCHES),
    Mutation(
        "asleep before awake",
        "spikeff.training.phases:in_phases",
        expression("(rows, Phase.AWAKE)", "(rows, Phase.ASLEEP)"),
        BATCHES,
    ),
    Mutation(
        "a readout that answers keeps its rate",
        TRAINER + "_rates",
        expression("self.config.reading == SOFTMAX", "False"),
        BATCHES,
    ),
    Mutation(
        "negatives may be right", LABELS + "draw_wrong", instead_of("keys.scatter_"), NEGATIVES
    ),
    Mutation(
        "hard negatives drawn evenly",
        LABELS + "HardLabels.weights",
        expression("guesses + FLOOR", "guesses * 0 + 1"),
        NEGATIVES,
    ),
    Mutation(
        "hybrids of an image with itself",
        "spikeff.learning.negatives.hybrids:hybrid_images",
        argument("np.roll", 1, "0"),
        NEGATIVES,
    ),
    Mutation(
        "only the first piece of a batch is learned",
        PIECES + "add_up",
        instead_of("part.add_"),
        SPLIT,
    ),
)
