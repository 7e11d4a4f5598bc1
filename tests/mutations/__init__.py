"""Functions broken on purpose, one at a time, to see that a test turns red.

`python -m tests.mutations` tries the list of ``catalogue``. A function is found by its module and
qualified name, and what is changed in it by what the code does (``changes``), so that neither the
layout nor the wording of the sources matters.
"""
