"""A pytest plugin, ``-p tests.mutations.plugin``: all tests run with one function broken."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest

from tests.mutations.breaking import broken
from tests.mutations.catalogue import MUTATIONS

VARIABLE = "SPIKEFF_MUTATION"  # holds the mutation's number in the catalogue


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Break it once everything is imported, until the tests have run."""
    mutation = MUTATIONS[int(os.environ[VARIABLE])]
    stack = ExitStack()
    stack.enter_context(broken(mutation.where, mutation.change))
    session.config.add_cleanup(stack.close)
