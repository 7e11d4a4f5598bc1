"""Negatives of class columns: each sample itself, before the columns of all classes but its own.

``other_classes``  lets ``class_columns`` learn in phases apart: awake the columns of the true
                   class, asleep those of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from spikeff.learning.negatives.nothing import NoNegatives
from spikeff.learning.negatives.source import register_negatives

OTHER_CLASSES = "other_classes"


@dataclass(frozen=True)
class OtherClasses(NoNegatives):
    """The samples as they are, in every phase."""


register_negatives(OTHER_CLASSES, OtherClasses)
