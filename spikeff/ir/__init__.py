"""The networks that every part agrees on: frozen values, their files, and what follows from them.

The only room of spikeff that ``lava_export`` and ``hw_targets`` import, besides ``spikeff.errors``
and ``spikeff.parallel``. NumPy and the standard library only, so that a board's job can carry
it.
"""
