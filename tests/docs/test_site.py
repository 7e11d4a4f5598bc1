"""The pages that are made from the sources hold all of what they describe."""

import pytest

from docs_site import api_pages, command_page, configuration_page, result_pages
from docs_site.docstrings import as_markdown
from docs_site.import_picture import counts_table
from docs_site.link_titles import with_titles
from docs_site.modules import modules
from docs_site.recorded_output import recorded
from spikeff.cli.main import app
from spikeff.settings.tables import field_names
from spikeff.training.config.files import presets
from spikeff.training.config.schema import TrainConfig
from tests.docs.pages import ROOT


def test_every_command_has_a_section_with_every_option():
    page = command_page.pages(ROOT)["reference/commands.md"]
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")[1:]}
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert {f"spikeff {name}" for name in names} | {"spikeff config show"} <= sections.keys()
    assert "| `--table TEXT` |" in sections["spikeff energy"]
    assert "| `RUN` | required | Run directory of" in sections["spikeff check"]
    assert "| `--samples N` | `32` |" in sections["spikeff check"]


def test_every_field_and_preset_is_explained():
    page = configuration_page.pages(ROOT)["reference/configurations.md"]
    for path in field_names(TrainConfig):
        field = path.split(".")[-1]
        if field not in ("kind", "layer_defaults"):
            row = next(line for line in page.splitlines() if f"| `{field}` | " in line)
            assert len(row.split(" | ")[-1]) > 5
    assert "| `threshold` | `theta` | `3.0` | The threshold of goodness. |" in page
    for preset in presets():
        assert f"### {preset}\n" in page


def test_every_module_has_a_page():
    pages = api_pages.pages(ROOT)
    assert {f"reference/api/{m.name}.md" for m in modules(ROOT) if m.summary} < pages.keys()
    assert "](api/spikeff.ir.goodness.md)" in pages["reference/modules.md"]
    assert "spikeff.run(\n    file: Path | str," in pages["reference/python.md"]


def test_imports_go_one_way():
    header, _, *rows = counts_table(ROOT).splitlines()
    order = [cell.strip() for cell in header.strip("| ").split("|")[1:]]
    assert order[0] == "spikeff.cli"
    assert order[-1] == "spikeff.ir"
    for depth, row in enumerate(rows):
        counts = [cell.strip() for cell in row.strip("|").split("|")][1:]
        assert not any(counts[: depth + 1])
        assert any(counts) or order[depth] == "spikeff.ir"


def test_every_result_names_its_command():
    page = result_pages.pages(ROOT)["results/index.md"]
    rows = [line for line in page.splitlines() if line.startswith("| [")]
    assert rows
    assert not [row for row in rows if not row.endswith("` |")]


def test_docstrings_become_lists():
    text = "What. See :func:`run`.\n\nsteps : of <a> sample.   dt, v : in\n    seconds.\n\nMore."
    assert as_markdown(text) == (
        "What. See `run`.\n\n- `steps`: of \\<a> sample.\n- `dt`, `v`: in\n  seconds.\n\nMore."
    )
    assert as_markdown("``a``, ``b.c``  all\nof it.") == "\n- `a`, `b.c`: all\n  of it."


def test_links_named_by_files_take_titles():
    pages = {"how/a.md": "# Title of a\n"}
    text = "[a.md](a.md#x), [../b.md](../b.md) and [words](a.md)"
    wanted = "[Title of a](a.md#x), [../b.md](../b.md) and [words](a.md)"
    assert with_titles(text, "how/c.md", pages.get) == wanted


@pytest.mark.parametrize(
    ("comment", "kept"), [("", "1\n2\n3\n"), ("<!-- first=1 last=1 -->\n", "1\n...\n3\n")]
)
def test_outputs_are_recorded(comment, kept, tmp_path):
    page = f"Text\n\n```sh\nprintf '1\\n2\\n3\\n'\n```\n\n{comment}```text\nold\n```\n\nEnd\n"
    assert recorded(page, tmp_path) == page.replace("old\n", kept)
