"""Changes do what they say, the list applies, and random networks tell broken emulators apart."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from random import Random

import pytest

from hw_targets.emulator import run as emulator
from spikeff.errors import LimitError
from spikeff.ir.trace import SpikeTrace, compare_traces
from tests.mutations import plugin
from tests.mutations.breaking import broken, changed_code, found
from tests.mutations.catalogue import MUTATIONS
from tests.mutations.changes import (
    Change,
    argument,
    assigned,
    called,
    compared,
    expression,
    instead_of,
    nothing_done,
    term_dropped,
)
from tests.mutations.mutation import Mutation
from tests.mutations.of_emulator import RANDOM, WIDTHS
from tests.networks import Case, random_case
from tests.paths import ROOT

EMULATOR = [m for m in MUTATIONS if m.tests == RANDOM and m.where.startswith("hw_targets.emul")]


def toy(items: list[int], least: int) -> list[int]:
    """Something to break."""
    found = [x + 1 for x in items if x > least]
    found.sort(reverse=True)
    found[0] += max(items)
    return found


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (expression("x+1", "x * 2"), [9, 4]),
        (term_dropped("1"), [6, 2]),
        (compared("x", ast.Gt, ast.GtE), [7, 3, 2]),
        (called("max", "min"), [5, 3]),
        (argument("found.sort", "reverse", "False"), [6, 4]),
        (instead_of("found.sort"), [6, 4]),
        (instead_of("found.sort", "found.append(7)"), [6, 4, 7]),
        (assigned("found[0]", "0"), [0, 3]),
        (nothing_done(), None),
    ],
    ids=lambda value: value.says if isinstance(value, Change) else "",
)
def test_a_change_does_what_it_says(change: Change, result: list[int] | None) -> None:
    assert toy([2, 3, 1], 1) == [7, 3]
    with broken(f"{__name__}:toy", change):
        assert toy([2, 3, 1], 1) == result
    assert toy([2, 3, 1], 1) == [7, 3]


def test_a_change_that_applies_nowhere_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"toy: there is nothing to change by without `5`"):
        changed_code(toy, term_dropped("5"))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.what)
def test_the_list_applies(mutation: Mutation) -> None:
    function = found(mutation.where)
    assert changed_code(function, mutation.change).co_code
    assert all((ROOT / part).exists() for part in mutation.tests.split() if part.endswith(".py"))


def ran(case: Case) -> SpikeTrace | str:
    try:
        return emulator.run(case.network, case.inputs, record_states=True).trace
    except (LimitError, ValueError) as refusal:
        return str(refusal)


@pytest.fixture(scope="module")
def whole() -> list[tuple[Case, SpikeTrace]]:
    """Cases that the emulator runs, which are compared with Lava, and what it makes of them."""
    cases = [random_case(Random(seed)) for seed in range(120)]
    runs = [(case, ran(case)) for case in cases]
    return [(case, run) for case, run in runs if isinstance(run, SpikeTrace)]


@pytest.mark.parametrize("mutation", EMULATOR, ids=lambda m: m.what)
def test_random_networks_tell(mutation: Mutation, whole: list[tuple[Case, SpikeTrace]]) -> None:
    with broken(mutation.where, mutation.change):
        assert any(differs(ran(case), run) for case, run in whole)


@pytest.mark.slow
def test_the_plugin_breaks_a_function_for_as_long_as_tests_run() -> None:
    number = next(k for k, mutation in enumerate(MUTATIONS) if mutation.tests == WIDTHS)
    environment = {**os.environ, plugin.VARIABLE: str(number)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", plugin.__name__, WIDTHS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert f"FAILED {WIDTHS}".encode() in done.stdout


def differs(found: SpikeTrace | str, run: SpikeTrace) -> bool:
    return isinstance(found, str) or not compare_traces(run, found).equal
