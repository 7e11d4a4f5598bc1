"""Sources of negatives, one per file: wrong labels, hybrid images, views of two scenes, or none.

Importing the package registers the built-in ones.
"""

from spikeff.learning.negatives import hybrids, labels, views

__all__ = ["hybrids", "labels", "views"]
