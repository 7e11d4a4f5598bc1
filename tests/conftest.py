import gc
import json

import pytest

from tests.commands import TINY
from tests.lava_models import without_runtime


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """For ``--dist loadfile``; the usual one for all else."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.workers import ByFile

    return ByFile(config, log)


@pytest.fixture(autouse=True, scope="module")
def old_objects_are_not_looked_at_again():
    """Every Brian2 run collects garbage: among all objects of all libraries, a quarter second."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def lava_in_process(monkeypatch):
    """Lava's models without its runtime, the processes of which take seconds to start."""
    without_runtime(monkeypatch)


UNDRAWN = b"\x89PNG of a training"


@pytest.fixture(scope="session")
def trainings_are_not_drawn():
    """Drawing training.png takes longer than the small trainings of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikeff.plots.training.picture_of", lambda log: UNDRAWN)
        yield


@pytest.fixture(scope="session")
def session_cli():
    """Run the console script in this process: (exit code, stdout, stderr)."""
    import contextlib
    import io
    import sys

    from spikeff.cli.main import main

    def call(*arguments):
        out, err = io.StringIO(), io.StringIO()
        before = sys.argv
        sys.argv = ["spikeff", *(str(a) for a in arguments)]
        code = 0
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as stop:
            code = stop.code or 0
        finally:
            sys.argv = before
        return code, out.getvalue(), err.getvalue()

    return call


@pytest.fixture(scope="session")
def session_json(session_cli):
    """Run a command with --json and return its exit code and its one object."""

    def call(*arguments):
        code, out, _ = session_cli(*arguments, "--json")
        assert out.count("\n") == 1
        return code, json.loads(out)

    return call


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory, session_json):
    """A run of seconds in the home regime."""
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "tiny.toml"
    config.write_text(TINY.format(preset="digits", epochs=4))
    code, result = session_json("train", "--config", config, "--out", folder / "run", "--seed", 3)
    assert code == 0
    assert result["epochs"] == 4
    return folder / "run"


@pytest.fixture(scope="session")
def network_file(run_directory, session_json):
    """The run's integers."""
    file = run_directory.parent / "network.safetensors"
    code, result = session_json("export", run_directory, "--out", file)
    assert code == 0
    assert result["bits"] == 8
    return file
