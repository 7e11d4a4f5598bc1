"""A spiking Forward-Forward network as a scikit-learn classifier of float features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from spikeff.data.dataset import Split
from spikeff.data.encoders import ENCODERS
from spikeff.data.features import images_of_features
from spikeff.data.registry import ARRAYS
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.models.configuration import with_columns_for
from spikeff.models.integers import IntegerModel
from spikeff.models.trained import model_of
from spikeff.nn.device import torch_device
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.prolong import hold_rate
from spikeff.training.settings import CONSTANT, COSINE
from spikeff.training.trainer import Trainer


class SpikeFFClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """fit, partial_fit, predict, predict_proba and score, and export to integers.

    Features are scaled to 0..1 by their range in training; what lies outside later is clipped, so
    a feature that was constant carries no information. Each becomes the intensities of one or
    several channels (``spikeff.data.features``), which the encoder turns into spike times; with
    several, low values spike as early as high ones.

    scikit-learn's own checks (``sklearn.utils.estimator_checks`` of 1.7) pass, except those that do
    not apply: sparse input beyond its refusal, sample weights, class weights, missing values,
    several outputs, and pandas where it is not installed.

    Args:
        preset: Where everything that is not given here comes from; one whose input is images. The
            default lets neurons fire freely. "mnist-frugal-pairs" has at most one spike per neuron:
            on digits as features that cost two points of accuracy (mean of five seeds).
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
        n_iter_: Number of epochs, and of calls of :meth:`partial_fit`.
        low_: Lowest value of each feature in training, (features,).
        high_: Highest value of each feature in training, (features,).
        config_: The whole configuration.
        model_: The trained network, whose samples are images, see :meth:`as_images`.

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
        trainer = self._new_trainer(X, y, np.unique(y), COSINE)
        while trainer.epochs_done < self.config_.schedule.epochs:
            trainer.train_epoch()
        return self._keep(trainer)

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> SpikeFFClassifier:
        """Pass over X and y once, with a learning rate that does not fall.

        Args:
            X: Features (samples, features). Those of the first call decide the range to which
                features are scaled.
            y: Labels (samples,).
            classes: All labels that will ever come; needed in the first call.

        Raises:
            ValueError: The first call has no classes, or a label is none of them.
        """
        first = not hasattr(self, "model_")
        if first and classes is None:
            raise ValueError("the first call of partial_fit needs classes: all labels to come.")
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first)
        check_classification_targets(y)
        known = np.unique(classes) if first else self.classes_
        unknown = np.setdiff1d(y, known)
        if len(unknown) or not (classes is None or np.array_equal(np.unique(classes), known)):
            raise ValueError(f"classes are {known.tolist()}, as the first call said; others came.")
        if first:
            trainer = self._new_trainer(X, y, known, CONSTANT)
        else:
            trainer = self._trainer
            trainer.split = self._split(X, y)
            hold_rate(trainer)
        trainer.train_epoch()
        return self._keep(trainer)

    def predict(self, X: Any) -> Array:
        """The label (samples,) of the highest goodness of each row of X."""
        best = self._goodness(X).argmax(1)
        answers: Array = self.classes_[best]
        return answers

    def predict_proba(self, X: Any) -> Array:
        """Softmax of the scaled goodness, (samples, classes), in the order of ``classes_``.

        It ranks answers and is not calibrated, see
        :meth:`spikeff.models.network.Network.predict_proba`;
        ``sklearn.calibration.CalibratedClassifierCV`` calibrates it.
        """
        images = self._checked_images(X)
        return self.model_.predict_proba(images)

    def decision_function(self, X: Any) -> Array:
        """Goodness (samples, classes); of two classes that of the second less that of the first."""
        goodness = self._goodness(X)
        if len(self.classes_) > 2:
            return goodness
        difference: Array = goodness[:, 1] - goodness[:, 0]
        return difference

    def export(
        self, out: Path | str | None = None, bits: int = 8, chip: str = "loihi1"
    ) -> IntegerModel:
        """The network in integers, calibrated on training samples.

        It takes the images of :meth:`as_images`, and its labels are places in ``classes_``:
        ``clf.classes_[clf.export().predict(clf.as_images(X))]``.

        Args:
            out: Network file to write, for ``spikeff run``, ``energy`` and others; None for none.
            bits: Bits of a signed weight, 1 to 9.
            chip: Whose limits must hold.
        """
        check_is_fitted(self)
        return self.model_.export(out, bits, chip)

    def as_images(self, X: Any) -> Array:
        """Features as the network takes them, uint8 (samples, 1, channels)."""
        return self._checked_images(X)[:, np.newaxis]

    def _new_trainer(self, X: Array, y: Array, classes: Array, schedule: str) -> Trainer:
        if len(classes) < 2:
            raise ValueError(
                f"all {len(y)} samples are of one class, {classes[0]!r}; a classifier needs "
                f"samples of two classes at least."
            )
        self.classes_ = classes
        self.low_, self.high_ = X.min(0), X.max(0)
        self.config_ = self._config(len(classes), schedule)
        trainer = Trainer(self.config_, self._split(X, y), torch_device(self.device))
        trainer.calibrate()
        return trainer

    def _keep(self, trainer: Trainer) -> SpikeFFClassifier:
        self.model_ = model_of(trainer)
        self.n_iter_ = trainer.epochs_done
        return self

    def _split(self, X: Array, y: Array) -> Split:
        images = self._images(X)
        labels = np.searchsorted(self.classes_, y).astype(np.int64)
        return Split(images, labels, (1, images.shape[1]), len(self.classes_))

    @property
    def _trainer(self) -> Trainer:
        trainer = self.model_.trainer
        assert trainer is not None
        return trainer

    def _config(self, classes: int, schedule: str) -> TrainConfig:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        chosen = {
            "data.dataset": ARRAYS,
            "data.shift": 0,
            "network.layers": list(self.layers),
            "network.layer_defaults.column_size": self.column_size,
            "schedule.kind": schedule,
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
        return make_config(with_columns_for(table, classes), "SpikeFFClassifier")

    def _images(self, X: Array) -> Array:
        return images_of_features(X, self.low_, self.high_, self.channels_per_feature)

    def _checked_images(self, X: Any) -> Array:
        check_is_fitted(self)
        return self._images(validate_data(self, X, dtype=np.float64, reset=False))

    def _goodness(self, X: Any) -> Array:
        images = self._checked_images(X)
        return self.model_.decision_function(images)
