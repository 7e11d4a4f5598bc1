"""The steps of the main job, each a function; the only part of spikeff that knows its siblings.

Every step takes paths, works through files and reports progress by ``report(task, done, total)``.
"""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, int, int], None]


def silent(task: str, done: int, total: int) -> None:
    """Report nothing."""
