"""Commands in processes of their own, forked from one that has imported what they need.

A fresh Python takes seconds of processor time to import torch and matplotlib, and to compile
loops; a fork of one that has done so takes milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.imported"])


def start(folder: Path, *arguments: object, output: Path | str, fresh: bool = False) -> BaseProcess:
    """`spikeff ARGUMENTS` in ``folder``, in a session of its own.

    Args:
        output: A file, or the terminal that controls the session.
        fresh: Whether in a Python that has imported nothing.
    """
    words = [str(argument) for argument in arguments]
    process = FORKS.Process(target=_command, args=(str(folder), words, str(output), fresh))
    process.start()
    return process


def exit_code(process: BaseProcess) -> int | None:
    """Wait for its end; as from the shell, and -N where signal N ended it."""
    process.join()
    return process.exitcode


def _command(folder: str, words: list[str], output: str, fresh: bool) -> None:
    os.setsid()
    for descriptor in range(3):
        os.close(descriptor)
    os.open(output, os.O_RDWR | os.O_CREAT)
    os.dup2(0, 1)
    os.dup2(0, 2)
    os.environ["TERM"] = "xterm"
    os.chdir(folder)
    # A shell starts background jobs with SIGINT ignored; a terminal does not.
    signal.signal(signal.SIGINT, signal.SIG_DFL if fresh else signal.default_int_handler)
    if fresh:
        os.execv(sys.executable, [sys.executable, "-m", "spikeff", *words])
    from spikeff.__main__ import main

    sys.argv = ["spikeff", *words]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    main()
