"""The list of mutations still fits the sources; running it is `python -m benchmarks.mutations`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.parity.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.what)
def test_a_mutation_changes_one_place(mutation: Mutation) -> None:
    source = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert source.count(mutation.old) == 1
    compile(source.replace(mutation.old, mutation.new), mutation.file, "exec")
    assert all((ROOT / part).exists() for part in mutation.tests.split() if part.endswith(".py"))
