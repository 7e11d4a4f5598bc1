"""Sources of negatives, one per file: wrong labels, hybrid images, or none.

Importing the package registers the built-in ones.
"""

from spikeff.learning.negatives import hybrids, labels

__all__ = ["hybrids", "labels"]
