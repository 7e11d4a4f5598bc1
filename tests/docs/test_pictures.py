"""Pictures that are drawn from the code are those that the code would draw now."""

import re

from docs_site.pipeline_picture import PICTURE, pipeline
from tests.docs.pages import PAGES, ROOT


def test_pipeline_is_that_of_the_commands():
    assert PICTURE.read_text() == pipeline(), "run python -m docs_site.pipeline_picture"


def test_every_picture_stands_on_a_page():
    shown = {
        (path.parent / target).resolve()
        for path in PAGES
        for target in re.findall(r"!\[[^\]]*\]\(([^)#]+)\)", path.read_text("utf-8"))
    }
    folders = (ROOT / "docs" / "images", ROOT / "docs" / "results" / "training")
    drawn = {path for folder in folders for path in folder.iterdir()}
    assert not {str(p.relative_to(ROOT)) for p in drawn - shown}
