"""A spiking Forward-Forward network as a scikit-learn classifier of float features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from spikeff.data.dataset import Split
from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import ARRAYS
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import CLASS_COLUMNS, SOFTMAX
from spikeff.ir.readout_codes import best_classes
from spikeff.learning.readout import spike_counts
from spikeff.nn.builder import encode_events
from spikeff.nn.device import torch_device
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.trainer import Trainer

CHUNK = 256  # samples that are predicted together
MANY_FEATURES = 64  # from this number of features on, each has one channel
CHANNELS = 8  # per feature, where there are fewer features
FULL = 255


class SpikeFFClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """fit, predict and score over :class:`spikeff.training.trainer.Trainer`.

    Features are scaled to 0..1 by their range in training; what lies outside later is clipped, so
    a feature that was constant carries no information. With one channel per feature the scaled
    value is the intensity that the encoder turns into a spike time. With several, channel c of m
    stands for the value c / (m - 1) and its intensity falls linearly to 0 at the neighbouring
    channels' values (a population code, after Bohte, Kok and La Poutre 2002, with triangles for
    their Gaussians), so that low values spike as early as high ones.

    scikit-learn's own checks (``sklearn.utils.estimator_checks`` of 1.7) pass, except those that do
    not apply: sparse input beyond its refusal, sample weights, class weights, missing values,
    several outputs, ``predict_proba`` (goodness is not a probability), and pandas where it is not
    installed.

    Args:
        preset: Where everything that is not given here comes from; one whose input is images.
        layers: Neurons per layer. Where classes own columns, a layer is rounded up so that every
            class owns as many.
        column_size: Neurons per column.
        epochs: Passes over the training data.
        learning_rate: Of Adam in every layer.
        channels_per_feature: None for 1 from 64 features on, and 8 for fewer.
        overrides: Further fields of :class:`spikeff.training.config.schema.TrainConfig`, by dotted
            path (``"objective.theta"``) or by their name of version 0.1.
        random_state: int, RandomState or None; decides the initial weights and the order of
            samples.
        device: "cpu", "cuda" or "cuda:1" and so on.

    Attributes:
        classes_: Labels, sorted.
        n_features_in_: Number of features.
        n_iter_: Number of epochs.
        low_: Lowest value of each feature in training, (features,).
        high_: Highest value of each feature in training, (features,).
        config_: The whole configuration.
        trainer_: Network, readout and history.

    Raises:
        ValueError: As in scikit-learn, by :meth:`fit`: data that cannot be learned.
        ConfigError: By :meth:`fit`: parameters that cannot be used; lists all mistakes.
    """

    def __init__(
        self,
        preset: str = "digits-columns",
        *,
        layers: tuple[int, ...] = (200,),
        column_size: int = 10,
        epochs: int = 30,
        learning_rate: float = 5e-3,
        channels_per_feature: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        random_state: Any = None,
        device: str = "cpu",
    ) -> None:
        self.preset = preset
        self.layers = layers
        self.column_size = column_size
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.channels_per_feature = channels_per_feature
        self.overrides = overrides
        self.random_state = random_state
        self.device = device

    def fit(self, X: Any, y: Any) -> SpikeFFClassifier:
        """Train on features X (samples, features), any real numbers, and labels y (samples,)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"all {len(y)} samples are of one class, {self.classes_[0]!r}; a classifier needs "
                f"samples of two classes at least."
            )
        self.low_, self.high_ = X.min(0), X.max(0)
        self.config_ = self._config(len(self.classes_))
        images = self._images(X)
        split = Split(images, labels.astype(np.int64), (1, images.shape[1]), len(self.classes_))
        trainer = Trainer(self.config_, split, torch_device(self.device))
        trainer.calibrate()
        while trainer.epochs_done < self.config_.schedule.epochs:
            trainer.train_epoch()
        trainer.split = split.head(1)  # so that a copy of the classifier holds no training data
        self.trainer_, self.n_iter_ = trainer, trainer.epochs_done
        return self

    def predict(self, X: Any) -> Array:
        """The label (samples,) of the highest goodness of each row of X."""
        best = best_classes(self._goodness(X))
        answers: Array = self.classes_[best]
        return answers

    def decision_function(self, X: Any) -> Array:
        """Goodness (samples, classes); of two classes that of the second less that of the first."""
        goodness = self._goodness(X)
        if len(self.classes_) > 2:
            return goodness
        difference: Array = goodness[:, 1] - goodness[:, 0]
        return difference

    def _config(self, classes: int) -> TrainConfig:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        chosen = {
            "data.dataset": ARRAYS,
            "data.shift": 0,
            "network.layers": list(self.layers),
            "network.layer_defaults.column_size": self.column_size,
            "schedule.epochs": self.epochs,
            "learning.learning_rate": self.learning_rate,
            "seed": seed,
        }
        table = with_fields(with_fields(preset_table(self.preset), chosen), self.overrides or {})
        config = make_config(table, "SpikeFFClassifier")
        if ENCODERS[config.data.encoder.kind].in_steps:
            raise ConfigError(
                f"preset {self.preset!r} takes spike trains; features need one of images."
            )
        if config.reading == CLASS_COLUMNS:
            rounded = {
                f"network.layers.{k}.neurons": -(-layer.columns // classes) * whole
                for k, layer in enumerate(config.layers)
                for whole in [layer.column_size * classes]
            }
            config = make_config(with_fields(table, rounded), "SpikeFFClassifier")
        return config

    def _images(self, X: Array) -> Array:
        """Intensities uint8 (samples, features * channels), the channels of a feature together."""
        # Halved before the difference, which may be beyond the largest float.
        span = self.high_ / 2 - self.low_ / 2
        inside = np.clip(X, self.low_, self.high_)
        scaled = (inside / 2 - self.low_ / 2) / np.where(span > 0, span, 1.0)
        channels = self.channels_per_feature
        if channels is None:
            channels = 1 if X.shape[1] >= MANY_FEATURES else CHANNELS
        if channels < 1:
            raise ConfigError(f"channels_per_feature = {channels}; it must be at least 1, or None.")
        if channels > 1:
            places = np.arange(channels)
            distance = np.abs(scaled[..., None] * (channels - 1) - places)
            scaled = np.clip(1.0 - distance, 0.0, 1.0).reshape(len(X), -1)
        images: Array = np.round(scaled * FULL).astype(np.uint8)
        return images

    def _goodness(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        images = self._images(X)
        parts = [self._goodness_of(images[k : k + CHUNK]) for k in range(0, len(images), CHUNK)]
        return np.concatenate(parts)

    @torch.no_grad()
    def _goodness_of(self, images: Array) -> Array:
        """Goodness (samples, classes) as the network reads it."""
        network = self.trainer_.network
        device = self.trainer_.device
        respond = network.responses(encode_events(self.config_.data, images, device))
        if network.reading == SOFTMAX:
            table = self.trainer_.readout.probabilities(spike_counts(respond(None)))
        elif network.labels is None:
            table = network.goodness(respond(None))
        else:
            labels = torch.arange(network.classes, device=device)
            passes = [respond(label.expand(len(images))) for label in labels]
            columns = [network.goodness(z) for z in passes]
            table = torch.cat(columns, 1)
        goodness: Array = table.cpu().numpy().astype(np.float64)
        return goodness
