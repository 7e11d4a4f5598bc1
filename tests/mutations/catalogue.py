"""The list: what each broken function would do, and which tests must see it."""

from __future__ import annotations

from tests.mutations import (
    of_bill,
    of_emulator,
    of_energy,
    of_evaluation,
    of_learning,
    of_loops,
    of_quantiser,
)

MUTATIONS = (
    *of_emulator.MUTATIONS,
    *of_loops.MUTATIONS,
    *of_learning.MUTATIONS,
    *of_evaluation.MUTATIONS,
    *of_energy.MUTATIONS,
    *of_bill.MUTATIONS,
    *of_quantiser.MUTATIONS,
)
