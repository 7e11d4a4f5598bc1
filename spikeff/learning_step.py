"""Which learning step a configuration needs."""

from __future__ import annotations

from spikeff.backprop_step import BackpropStep
from spikeff.batch_record import LearningStep
from spikeff.columns_step import ColumnsStep
from spikeff.config import TrainConfig
from spikeff.config_rules import BACKPROP
from spikeff.contrast_step import HybridStep, LabelStep
from spikeff.description import CLASS_COLUMNS
from spikeff.learning_rule import LocalAdam
from spikeff.network import SpikingFFNetwork
from spikeff.softmax_readout import SoftmaxReadout


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
