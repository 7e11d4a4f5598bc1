"""JSON and TOML from untrusted files, with limits of size and depth.

Both are read in time and memory that grow with the text alone, whatever it holds.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from spikeff.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_TOML_BYTES = 2**18
MAX_KEY_PARTS = 16  # of a TOML key with dots, each of which makes a table
MAX_JSON_DEPTH = 32
# What opens a string or a comment in TOML, and all up to its end from there. The alternatives
# within one begin with different characters, so that each is found in one pass.
OPENINGS = re.compile("\"\"\"|'''|\"|'|#")
CLOSINGS = {
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    "'''": re.compile(r"(?:[^']|'(?!''))*'{3,5}"),
    '"': re.compile(r'(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"[^'\n]*'"),
    "#": re.compile(r"[^\n]*"),
}
BETWEEN_KEYS = re.compile(r"[=,{}\[\]\n]")


def parse_json(text: str) -> Any:
    """What ``text`` holds; raises ValueError where it is not JSON or nested too deeply."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(f"nested more than {MAX_JSON_DEPTH} deep") from None
    _require_shallow(value)
    return value


def _require_shallow(value: Any) -> None:
    level = _containers([value])
    for _ in range(MAX_JSON_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
    if level:
        raise ValueError(f"nested more than {MAX_JSON_DEPTH} deep")


def _containers(outer: Any) -> list[Any]:
    values = outer.values() if isinstance(outer, dict) else outer
    return [value for value in values if isinstance(value, dict | list)]


def parse_toml(text: str, origin: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The table that ``text`` holds; raises ConfigError that names ``origin``."""
    if len(text) > MAX_TOML_BYTES:
        raise ConfigError(f"{origin}: {len(text)} characters; {MAX_TOML_BYTES} are the most read.")
    _require_short_keys(text, origin)
    try:
        table: dict[str, Any] = tomllib.loads(text, parse_float=parse_float)
    # Beside its own error: ValueError for integers of thousands of digits and for impossible
    # dates, RecursionError for arrays in arrays without end, ArithmeticError from Decimal.
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise ConfigError(f"{origin} is not readable TOML: {error}.") from None
    return table


def _require_short_keys(text: str, origin: str) -> None:
    """Refuse keys of many parts: what the parser takes for one grows by the square of them."""
    tokens = BETWEEN_KEYS.split("".join(_without_strings(text)))
    if max(token.count(".") for token in tokens) >= MAX_KEY_PARTS:
        raise ConfigError(
            f"{origin} is not readable TOML: a key of more than {MAX_KEY_PARTS} parts."
        )


def _without_strings(text: str) -> Iterator[str]:
    """The text outside strings and comments, up to a string that never ends."""
    place = 0
    while opening := OPENINGS.search(text, place):
        yield text[place : opening.start()]
        closing = CLOSINGS[opening.group()].match(text, opening.end())
        if closing is None:
            return
        place = closing.end()
    yield text[place:]


def read_toml(path: Path, kind: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The table of a file; ``kind`` is what the file should be, for the message."""
    try:
        with open(path, "rb") as handle:
            raw = handle.read(MAX_TOML_BYTES + 1)
        return parse_toml(raw.decode("utf-8"), str(path), parse_float)
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; a {kind} in TOML was expected.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not readable TOML: {error}.") from None
