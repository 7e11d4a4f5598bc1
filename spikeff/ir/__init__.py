"""The networks that every part agrees on: frozen values, their files, and what follows from them.

The only package of spikeff that ``lava_export`` and ``hw_targets`` import, besides
``spikeff.errors`` and ``spikeff.parallel``. NumPy and the standard library only, so that a job for
a board can bring it along.
"""
