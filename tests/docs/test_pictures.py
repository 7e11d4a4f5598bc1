"""Pictures name what is there, and each stands on a page."""

import re

from hw_targets.registry import TARGETS
from spikeff.cli.main import COMMANDS
from tests.docs.pages import PAGES, ROOT


def test_the_pipeline_names_commands_and_targets():
    picture = (ROOT / "docs" / "images" / "pipeline.svg").read_text("utf-8")
    titles = set(re.findall(r"font-weight='bold'>([^<]+)<", picture))
    assert titles - {"run directory", "network file"} <= COMMANDS.keys()
    assert {"train", "export", "check", "run", "energy"} <= titles
    assert not [target for target in TARGETS if f">{target}<" not in picture]


def test_every_picture_stands_on_a_page():
    shown = {
        (path.parent / target).resolve()
        for path in PAGES
        for target in re.findall(r"!\[[^\]]*\]\(([^)#]+)\)", path.read_text("utf-8"))
    }
    folders = (ROOT / "docs" / "images", ROOT / "docs" / "results" / "training")
    drawn = {path for folder in folders for path in folder.iterdir()}
    assert not {str(p.relative_to(ROOT)) for p in drawn - shown}
