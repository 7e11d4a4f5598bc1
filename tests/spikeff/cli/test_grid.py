"""Tables keep words and numbers whole, however narrow the terminal."""

import pytest

from spikeff.cli.grid import print_grid, print_table
from spikeff.pipeline.units import engineering

HEADER = ("name", "what it is", "dynamic energy", "count")
ROWS = (
    ("zoo:mnist-columns", "class columns in one pass", "12.4 µJ (11.1 µJ to 13 µJ)", "15,504,921"),
    ("synaptic_operation_pj", "label in the input", "98.06 %", "8,352,000.0"),
    ("[bold]", "no markup", "0.5", ""),
)


@pytest.fixture
def printed(capsys, monkeypatch):
    """What a table prints at a width."""

    def at(columns, show, *arguments):
        monkeypatch.setenv("COLUMNS", str(columns))
        show(*arguments)
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return at


def words(text):
    return {word for word in text.split() if set(word) != {"─"}}


@pytest.mark.parametrize("width", [200, 110, 80, 60, 40])
def test_words_and_numbers_stay_whole_and_lines_short(width, printed):
    out = printed(width, print_grid, "figures of two networks", HEADER, ROWS)
    wanted = words(" ".join(("figures of two networks", *HEADER[1:], *sum(ROWS, ()))))
    assert wanted <= words(out)
    assert all(len(line) <= width for line in out.splitlines())
    joined = " ".join(out.split())
    assert "12.4 µJ" in joined
    assert not [line for line in out.splitlines() if line.strip() in ("µJ", "%")]


def test_wide_terminals_have_one_line_for_each_row(printed):
    lines = printed(200, print_grid, "title", HEADER, ROWS).splitlines()
    (row,) = [line for line in lines if "zoo:mnist-columns" in line]
    assert row.split("   ")[-1].strip() == "15,504,921"
    assert [line for line in lines if line.split()[:1] == ["name"]]


def test_narrow_terminals_have_a_block_for_each_row(printed):
    lines = printed(40, print_grid, "title", HEADER, ROWS).splitlines()
    start = lines.index("zoo:mnist-columns")
    assert lines[start + 1].split() == ["what", "it", "is", "class", "columns", "in", "one"]
    assert not [line for line in lines if line.split() == ["count"]]  # an empty cell has no line


@pytest.mark.parametrize("width", [200, 80, 40])
def test_a_path_longer_than_the_terminal_stays_whole(width, printed):
    path = "/a" * 60
    assert path in words(printed(width, print_table, path, [("page", path), ("bytes", "1")]))
    assert path in words(printed(width, print_grid, "t", HEADER, [("x", path, "1", path)]))


def test_numbers_have_three_digits_and_a_prefix():
    assert engineering(1.4712e-6, "J") == "1.47 µJ"
    assert engineering(2.5e-10, "s") == "250 ps"
    assert engineering(1500, "J") == "1.5 kJ"
    assert engineering(0, "J") == "0 J"


@pytest.mark.parametrize("command", ["presets", "zoo", "targets", "tables"])
def test_listings_answer_on_stdout_in_whole_words(command, session_cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    code, wide, err = session_cli(command)
    assert (code, err) == (0, "")
    first_column = wide.splitlines()[2].split()[0]  # named in no block
    for width in (80, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        narrow = session_cli(command)[1]
        assert words(wide) <= words(narrow) | {first_column}
        assert all(len(line) <= width or len(line.split()) == 1 for line in narrow.splitlines())


def test_signs_that_steer_a_terminal_are_written_out(printed):
    out = printed(80, print_grid, "\x1b]0;owned\x07", ("a", "b"), [("x\x1b[2J", "two\nlines")])
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\\x1b[2J" in out
    assert "lines" in [line.strip() for line in out.splitlines()]
