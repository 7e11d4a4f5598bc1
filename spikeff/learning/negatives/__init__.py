"""What is shown as negative, one source a file: wrong labels, hybrids of images, or nothing.

Importing the package registers those that come with it.
"""

from spikeff.learning.negatives import hybrids, labels

__all__ = ["hybrids", "labels"]
