"""The pages that are made from the sources hold all of what they describe."""

import re

import pytest

from docs_site import api_pages, build, configuration_page, imports, results_index, tables
from docs_site.recorded_output import recorded
from spikeff.cli.main import COMMANDS, CONFIG_COMMANDS
from spikeff.data.encoders import ENCODERS, Encoder, EncoderSettings
from spikeff.settings.tables import field_names
from spikeff.training.config.files import presets
from spikeff.training.config.schema import TrainConfig
from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def generated():
    return build.generated()


def test_every_command_has_a_section_with_every_option():
    page = tables.commands()
    sections = {part.split("\n", 1)[0].strip("`"): part for part in re.split("\n##+ ", page)}
    wanted = {f"spikeff {name}" for name in COMMANDS}
    assert wanted | {f"spikeff config {name}" for name in CONFIG_COMMANDS} <= sections.keys()
    assert re.search(r"\* `-t, --table NAME.*`: Cost table", sections["spikeff energy"])
    assert "* `RUN|FILE <path>`: Run directory" in sections["spikeff check"]
    assert re.search(r"\* `-n, --samples N`: .*\[default: 32", sections["spikeff check"])


def test_every_field_and_preset_is_explained():
    page = configuration_page.configurations()
    for path in field_names(TrainConfig):
        field = path.split(".")[-1]
        if field not in ("kind", "layer_defaults"):
            row = next(line for line in page.splitlines() if f"| `{field}` | " in line)
            assert len(row.split(" | ")[-1]) > 7, row
    for preset in presets():
        assert f"### {preset}\n" in page


def test_kinds_of_a_section_follow_from_its_registry(monkeypatch):
    class OwnSettings(EncoderSettings):
        """One that is registered while the page is made.

        Attributes:
            width: In steps.
        """

        width: int = 3

    own = Encoder(ENCODERS["burst"].encode, single_spike=False)
    monkeypatch.setattr(Encoder, "settings", property(lambda e: OwnSettings))
    monkeypatch.setitem(ENCODERS, "own", own)
    page = "\n".join(configuration_page.sections(TrainConfig, ""))
    (title,) = (line for line in page.splitlines() if line.startswith("### `data.encoder` of kind"))
    assert "`burst`" in title
    assert "`own`" in title
    assert "| `width` | `3` | In steps. |" in page
    assert "## `network.labels`\n" in page
    assert "### `objective` of kind `threshold`\n" in page
    assert "| `seed` | `0` | Of all random numbers. |" in page
    assert "digits, " in next(line for line in page.splitlines() if "`dataset`" in line)


@pytest.mark.slow
@pytest.mark.docs
def test_every_module_has_a_page(generated):
    names = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts) for p in ROOT.glob("spikeff/*/*.py")
    ]
    menu = generated["reference/api/SUMMARY.md"]
    for name in (name for name in names if not name.endswith("__init__")):
        assert generated[f"reference/api/{name}.md"].endswith(f"::: {name}\n")
        assert f"({name}.md)" in menu
        assert f"](api/{name}.md)" in generated["reference/modules.md"]
    assert "::: spikeff.pipeline.run.run.run\n" in generated["reference/python.md"]
    assert len(api_pages.summaries()) > 200


def test_imports_are_counted_by_part():
    found = imports.counts()
    assert found["lava_export"].keys() <= {"spikeff.ir", "spikeff.errors", "spikeff.parallel"}
    assert found["lava_export"]["spikeff.ir"] > 20
    assert {"hw_targets", "lava_export", "spikeff.training"} <= found["spikeff.pipeline"].keys()
    assert "spikeff.pipeline" not in found["spikeff.training"]
    assert "hw_targets" not in found["spikeff.cli"]  # for types alone
    assert "| `lava_export` | `spikeff.errors` " in imports.imports()


def test_every_result_names_its_command():
    rows = results_index.results().splitlines()[2:]
    assert all(re.search(r"\| `python -m [^`]+` \| [-\d, ]* \| [^|]+ \|$", row) for row in rows)
    assert len(rows) == len(results_index.CLAIMS)
    pages = {path.stem for path in results_index.RESULTS.glob("*.md")}
    assert pages == results_index.CLAIMS.keys() | {"index"}


@pytest.mark.slow
@pytest.mark.docs
def test_what_only_the_site_shows_is_shown(generated):
    for place in ("integers", "agreement", "local-rule", "energy"):
        page = generated[f"{place}.md"]
        (picture,) = re.findall(r"\]\((images/\w+\.svg)\)", page)
        assert generated[picture].startswith("<?xml")
        assert "<!-- site" not in page
    assert "| neurons |" in generated["capacity.md"]
    assert not [p for p, text in generated.items() if p.endswith(".md") and "<!-- site" in text]


@pytest.mark.slow
@pytest.mark.docs
def test_pages_of_the_root_lead_to_pages_of_the_site(generated):
    assert "](docs/" not in generated["index.md"]
    assert "](tutorial.md)" in generated["index.md"]
    assert "](notebooks/index.md)" in generated["index.md"]


@pytest.mark.slow
@pytest.mark.docs
def test_notebooks_keep_their_outputs(generated):
    page = generated["notebooks/01_agreement.md"]
    assert "```python\n" in page
    assert '<img alt="what the cell above draws" src="data:image/png;base64,' in page
    assert "\n```text\n" in page


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("", "1\n2\n3\n"),
        ("<!-- first=1 last=1 -->\n", "1\n...\n3\n"),
        ("<!-- first=1 -->\n", "1\n...\n"),
    ],
)
def test_outputs_are_recorded(comment, kept, tmp_path):
    page = f"Text\n\n```sh\nprintf '1\\n2\\n3\\n'\n```\n\n{comment}```text\nold\n```\n\nEnd\n"
    assert recorded(page, tmp_path) == page.replace("old\n", kept)


def test_a_page_is_called_the_same_in_the_menu_and_above_it():
    """Pages of the root and those made while the site is built have names of their own."""
    lines = (ROOT / "mkdocs.yml").read_text().splitlines()
    found = (re.fullmatch(r' *- "?(.+?)"?: (\S+\.md)', line) for line in lines)
    menu = [line.groups() for line in found if line]
    written = [(title, ROOT / "docs" / page) for title, page in menu]
    titles = {
        title: path.read_text("utf-8").splitlines()[0].removeprefix("# ")
        for title, path in written
        if path.exists()
    }
    assert len(titles) > 25
    assert {title: found for title, found in titles.items() if title != found} == {}


def test_formulas_are_set_with_what_lies_beside_them():
    config = (ROOT / "mkdocs.yml").read_text()
    for place in re.findall(r"assets/[\w/.]+\.(?:js|css|svg)", config):
        assert (ROOT / "docs" / place).exists()
    assert "http" not in re.sub(r"(?m)^\s*#.*$", "", config)
