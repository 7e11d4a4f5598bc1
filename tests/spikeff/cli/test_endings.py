"""How commands end that are told to, or cannot write what they print."""

import contextlib
import io
import os
import signal
import subprocess
import sys

import pytest

from spikeff.cli import interrupts, streams
from spikeff.cli.main import main
from spikeff.cli.output import print_json
from spikeff.errors import OutputError


@pytest.fixture
def usual():
    """Signals as a program finds them that a terminal or a batch system started."""
    found = [signal.default_int_handler, signal.SIG_DFL, signal.SIG_DFL]
    before = {n: signal.signal(n, h) for n, h in zip(interrupts.ENDING, found, strict=True)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


ENDINGS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "ended by SIGTERM")]
ENDINGS.append((signal.SIGHUP, 129, "ended by SIGHUP"))


@pytest.mark.parametrize(("number", "code", "said"), ENDINGS)
def test_what_was_begun_is_put_away_whatever_comes_meanwhile(
    number, code, said, usual, monkeypatch, session_cli
):
    put_away = []

    def asked_to_end(*_):
        try:
            signal.raise_signal(number)
        finally:
            for again in interrupts.ENDING:
                signal.raise_signal(again)
            with contextlib.suppress(ValueError):
                try:
                    raise ValueError("on the way")
                finally:
                    signal.raise_signal(number)
            put_away.append(number)

    monkeypatch.setattr("spikeff.cli.main.load_plugins", asked_to_end)
    found, out, err = session_cli("presets")
    assert (found, out) == (code, "")
    assert said in err
    assert put_away == [number]


def test_one_that_is_ignored_stays_ignored(usual):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as by nohup
    interrupts.listen()
    signal.raise_signal(signal.SIGHUP)
    assert interrupts.received() is None


def test_whoever_is_not_ended_in_time_is_ended_at_once(usual, monkeypatch):
    ended = []
    monkeypatch.setattr(interrupts.os, "kill", lambda process, number: ended.append(number))
    monkeypatch.setattr(interrupts, "PATIENCE", -1.0)
    interrupts.listen()
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        signal.raise_signal(signal.SIGTERM)
    assert ended == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


class _Full(io.BytesIO):
    """As a file on a full disk, until it is closed."""

    def write(self, payload):
        raise OSError(28, "No space left on device")


def test_an_object_that_cannot_be_printed_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(_Full()))
    with pytest.raises(OutputError, match="No space left"):
        print_json({})
    monkeypatch.setattr(sys, "stdout", streams._Closed())
    with pytest.raises(OutputError, match="it is closed"):
        print_json({})


def test_what_the_output_still_holds_is_an_error_too(monkeypatch):
    full = io.TextIOWrapper(_Full())
    full.write("held")
    monkeypatch.setattr(sys, "stdout", full)
    with pytest.raises(OutputError, match="No space left"):
        streams.flush_output()


@pytest.mark.parametrize("command", ["presets --json", "config show digits", "targets"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_command_whose_output_is_full_or_closed_says_so(command, closed, monkeypatch):
    full, said = io.TextIOWrapper(_Full()), io.StringIO()
    monkeypatch.setattr(full.buffer, "fileno", lambda: os.dup(2), raising=False)
    monkeypatch.setattr(sys, "stdout", None if closed else full)
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(sys, "argv", ["spikeff", *command.split()])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    require_one_error(said.getvalue())


@pytest.mark.slow
@pytest.mark.parametrize("output", ["> /dev/full", ">&-"])
def test_so_does_the_program(output):
    line = f"{sys.executable} -m spikeff presets --json {output}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    require_one_error(done.stderr)


def require_one_error(said):
    assert said.startswith("error: ")
    assert "No space left" in said or "closed" in said
    assert said.count("\n") == 1
