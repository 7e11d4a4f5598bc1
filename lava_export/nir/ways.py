"""Ways from population to population, each with its steps of delay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from lava_export.nir.arrivals import SAME, Arrivals
from lava_export.nir.feedback import feedback_edges
from lava_export.nir.file import APPROXIMATE, Grade
from lava_export.nir.linear.maps import LinearMap, added
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.depths import Timed, pipeline_depths
from spikeff.ir.network import INPUT


class Way(NamedTuple):
    """From a population, or the input, to another, ``delay`` steps late."""

    source: str
    target: str
    delay: int


Ways = dict[Way, LinearMap]
Constants = dict[int, Array]  # by steps of delay


def ways_between(
    arriving: Mapping[str, Arrivals], dt: float, read: Iterable[str], grades: list[Grade]
) -> tuple[Ways, dict[str, Constants]]:
    """All ways, and what reaches each population in every step.

    Where a loop has no delay at all, feedback takes one step, with the biases on its way.

    Args:
        arriving: What is given to each population.
        dt: Seconds per step.
        read: Populations that outputs hear.
        grades: Grows by what is only nearly the same.
    """
    ways: Ways = {}
    for target, given in arriving.items():
        for (source, late), part in given.parts.items():
            way = Way(source, target, steps_of(target, late, dt, grades))
            ways[way] = added(ways[way], part) if way in ways else part
    feedback = _feedback(ways, read)
    for source, target in sorted(feedback):
        reason = "takes one step, as in Norse"
        grades.append(Grade(f"{source}->{target}: feedback", APPROXIMATE, reason))
    made: Ways = {}
    for way, part in ways.items():
        late_way = way._replace(delay=way.delay or int(way[:2] in feedback))
        made[late_way] = added(made[late_way], part) if late_way in made else part
    constants = {
        target: _constants(target, given, feedback, dt, grades)
        for target, given in arriving.items()
    }
    return made, constants


def _constants(
    target: str,
    given: Arrivals,
    feedback: frozenset[tuple[str, str]],
    dt: float,
    grades: list[Grade],
) -> Constants:
    made: Constants = {}
    for (sources, late), constant in given.constants.items():
        comes_back = bool(sources) and all((source, target) in feedback for source in sources)
        steps = steps_of(target, late, dt, grades) or int(comes_back)
        made[steps] = made.get(steps, 0.0) + constant
    return made


def levels_of(names: Iterable[str], ways: Collection[Timed]) -> dict[str, int]:
    """As late as each way's step makes the populations; else by the order of evaluation alone."""
    every = list(names)
    try:
        return pipeline_depths(every, ways)
    except DescriptionError:  # a loop is too short for a chip, which says so when it is chosen
        return pipeline_depths(every, [way for way in ways if not way.delay])


def steps_of(name: str, seconds: float, dt: float, grades: list[Grade]) -> int:
    """A delay in whole steps."""
    steps = round(seconds / dt)
    if abs(steps * dt - seconds) > SAME * max(seconds, dt):
        reason = f"{seconds:g} s is no whole number of steps; {steps} taken"
        grades.append(Grade(f"{name}: delay", APPROXIMATE, reason))
    return steps


def _feedback(ways: Iterable[Way], read: Iterable[str]) -> frozenset[tuple[str, str]]:
    every = list(ways)
    inner = [way for way in every if way.source != INPUT]
    return feedback_edges(
        frozenset(way[:2] for way in inner if not way.delay),
        frozenset(way[:2] for way in inner if way.delay),
        frozenset(way.target for way in every if way.source == INPUT),
        frozenset(read),
    )
