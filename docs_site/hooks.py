"""Pages that are made from the sources when the site is built, and their places in its menu."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs_site import (
    api_pages,
    command_page,
    configuration_page,
    energy_picture,
    goodness_picture,
    import_picture,
    neuron_picture,
    notebook_pages,
    result_pages,
    root_pages,
    rule_picture,
)
from docs_site.inserts import inserted
from docs_site.link_titles import with_titles

ROOT = Path(__file__).parent.parent
MAKERS: tuple[Callable[[Path], dict[str, str]], ...] = (
    root_pages.pages,
    command_page.pages,
    configuration_page.pages,
    api_pages.pages,
    import_picture.pages,
    neuron_picture.pages,
    goodness_picture.pages,
    rule_picture.pages,
    energy_picture.pages,
    notebook_pages.pages,
    result_pages.pages,
)
MENUS: dict[str, Callable[[Path], list[Any]]] = {
    "Notebooks": notebook_pages.menu,
    "Every module": api_pages.menu,
    "Results": result_pages.menu,
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the entries of the menu that follow from the sources."""
    _fill(config.nav or [])
    return config


def _fill(entries: list[Any]) -> None:
    for entry in entries:
        for title, value in entry.items():
            if title in MENUS:
                entry[title] = MENUS[title](ROOT)
            elif isinstance(value, list):
                _fill(value)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no one writes by hand."""
    for make in MAKERS:
        for path, text in make(ROOT).items():
            files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in what a page takes from the code, and name links by the pages they lead to."""

    def text_of(place: str) -> str | None:
        file = files.get_file_from_path(place)
        return file.content_string if file else None

    return with_titles(inserted(markdown), page.file.src_uri, text_of)
