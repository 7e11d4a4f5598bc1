"""Help: defaults and choices that are shown, examples that can be typed, the version."""

import shlex

import pytest
import typer

import spikeff
from hw_targets.registry import TARGETS
from lava_export.chips.catalogue import CHIPS
from spikeff.cli.examples import EXAMPLES
from spikeff.cli.main import COMMANDS, CONFIG_COMMANDS, app
from spikeff.data.events import EVENT_SETS
from spikeff.data.registry import IDX_SETS

ALL = [*COMMANDS, *(f"config {name}" for name in CONFIG_COMMANDS)]


@pytest.fixture
def help_of(session_cli, monkeypatch):
    """The help of a command, its frames and line breaks left out."""

    def call(name, width="300"):
        monkeypatch.setenv("COLUMNS", width)
        code, out, err = session_cli(*name.split(), "--help")
        assert (code, err) == (0, "")
        return " ".join(out.replace("│", " ").split())

    return call


def command_of(name):
    found = typer.main.get_command(app)
    for word in name.split():
        found = found.commands[word]
    return found


@pytest.mark.parametrize("name", ALL)
def test_every_option_that_has_a_default_shows_it(name, help_of):
    shown = help_of(name)
    assert " ." not in shown.replace("...", "")  # what is left of a text that was taken for markup
    for option in command_of(name).params:
        is_flag = getattr(option, "is_flag", False)
        default = option.show_default if isinstance(option.show_default, str) else option.default
        if not option.required and not is_flag and default not in (None, [], ()):
            words = f"({default})" if isinstance(option.show_default, str) else default
            text = shown[shown.index(option.opts[0] + " ") :]
            assert f"[default: {words}]" in text, option.opts


def test_defaults_of_nothing_are_named(help_of):
    assert "Only the first N samples. [default: (all)]" in help_of("eval")
    assert "[default: (RUN/report.html)]" in help_of("report")
    assert "Seed of shuffle and jitter. [default: 0]" in help_of("eval")


@pytest.mark.parametrize("name", ALL)
def test_examples_are_shown_and_understood(name, help_of):
    shown = help_of(name)
    for example in EXAMPLES[name]:
        assert example in shown
        assert len(example) <= 76
        words = shlex.split(example)
        assert words[0] == "spikeff"
        known = next(
            each for each in sorted(ALL, key=len, reverse=True) if _begins(words[1:], each)
        )
        rest = words[1 + len(known.split()) :]
        context = command_of(known).make_context(known, rest)
        assert not context.args


def _begins(words, name):
    return words[: len(name.split())] == name.split()


def test_choices_are_the_ones_that_exist(help_of):
    assert "<test|train|validation>" in help_of("run")
    assert "<host|chip>" in help_of("export")
    targets, chips, sets = help_of("run"), help_of("export"), help_of("data")
    assert all(name in targets for name in TARGETS)
    assert all(name in chips for name in CHIPS)
    assert all(name in sets for name in (*IDX_SETS, *EVENT_SETS))


def test_the_version(session_cli):
    assert session_cli("--version") == (0, f"spikeff {spikeff.__version__}\n", "")


@pytest.mark.parametrize("words", [[], ["config"]])
def test_help_where_no_command_is_given(words, session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = session_cli(*words)
    assert (code, err) == (0, "")
    assert "Commands" in out


def test_short_options(session_cli, tmp_path):
    file = tmp_path / "job.zip"
    code, _, err = session_cli("bundle", "zoo:digits", "-o", file, "-n", 1)
    assert code == 0, err
    assert file.exists()


def test_shells_can_complete(session_cli, monkeypatch):
    monkeypatch.setenv("_SPIKEFF_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "spikeff eval --split ")
    monkeypatch.setenv("COMP_CWORD", "3")
    code, out, _ = session_cli()
    assert code == 0
    assert out.split() == ["test", "train", "validation"]
