"""Which learning step a configuration needs."""

from __future__ import annotations

from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.learning.backprop import BackpropStep
from spikeff.learning.columns import ColumnsStep
from spikeff.learning.contrast import HybridStep, LabelStep
from spikeff.learning.local_rule import BACKPROP, LocalAdam
from spikeff.learning.readout import SoftmaxReadout
from spikeff.learning.record import LearningStep
from spikeff.nn.network import SpikingFFNetwork
from spikeff.training.config.schema import TrainConfig


def learning_step(
    network: SpikingFFNetwork,
    optimisers: list[LocalAdam],
    readout: SoftmaxReadout,
    config: TrainConfig,
) -> LearningStep:
    """The step that the configuration's rule, objective and negatives need."""
    parts = (network, optimisers, readout, config)
    if config.learning_rule == BACKPROP:
        return BackpropStep(*parts)
    if config.objective == CLASS_COLUMNS:
        return ColumnsStep(*parts)
    return HybridStep(*parts) if config.unsupervised else LabelStep(*parts)
