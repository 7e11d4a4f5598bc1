"""Sources of negatives, one per file: wrong labels, hybrid images, views, own samples, or none.

Importing the package registers the built-in ones.
"""

from spikeff.learning.negatives import hybrids, labels, other_classes, own, views

__all__ = ["hybrids", "labels", "other_classes", "own", "views"]
