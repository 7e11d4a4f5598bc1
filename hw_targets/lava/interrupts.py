"""Ctrl-C, and requests to end, while Lava is imported, starts its processes and ends them.

Lava's imports and callbacks swallow a KeyboardInterrupt here and there, and the run would go on.
One that comes while processes are put away would leave some of them behind.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
ENDING = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
_raised: list[BaseException] = []


@contextmanager
def remembering() -> Iterator[None]:
    """What comes inside is answered as before; what that raises, :func:`raise_lost` knows."""
    _raised.clear()

    def answer(handler: Callable[[int, FrameType | None], Any]) -> Callable[..., Any]:
        def remember(number: int, frame: FrameType | None) -> Any:
            try:
                return handler(number, frame)
            except BaseException as error:
                _raised.append(error)
                raise

        return remember

    with _handled_by(answer):
        yield


def raise_lost() -> None:
    """Raise again what was raised since and got lost."""
    if _raised:
        raise _raised[0]


@contextmanager
def put_off() -> Iterator[None]:
    """What comes inside is answered afterwards."""
    waiting: list[int] = []
    with _handled_by(lambda handler: lambda number, _: waiting.append(number)):
        yield
    if waiting:
        signal.raise_signal(waiting[0])


@contextmanager
def _handled_by(made: Callable[[Any], Any]) -> Iterator[None]:
    """Other handlers in place of the program's, in the main thread, which alone gets signals."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {n: signal.getsignal(n) for n in ENDING if callable(signal.getsignal(n))}
    for number, handler in before.items():
        signal.signal(number, made(handler))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
