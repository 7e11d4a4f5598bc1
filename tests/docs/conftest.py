import pytest


@pytest.fixture(autouse=True, scope="session")
def undrawn(trainings_are_not_drawn):
    """Of all trainings that pages and notebooks ask for."""
