"""JSON and TOML from untrusted files, with limits of size and depth."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spikeff.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_TOML_BYTES = 2**20
MAX_JSON_DEPTH = 32
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def parse_json(text: str) -> Any:
    """What ``text`` holds; raises ValueError where it is not JSON or nested too deeply."""
    depth = 0
    for sign in re.findall(r"[\[\]{}]", STRINGS.sub("", text)):
        depth += 1 if sign in "[{" else -1
        if depth > MAX_JSON_DEPTH:
            raise ValueError(f"nested more than {MAX_JSON_DEPTH} deep")
    return json.loads(text)


def parse_toml(text: str, origin: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The table that ``text`` holds; raises ConfigError that names ``origin``."""
    if len(text) > MAX_TOML_BYTES:
        raise ConfigError(f"{origin}: {len(text)} characters; {MAX_TOML_BYTES} are the most read.")
    try:
        table: dict[str, Any] = tomllib.loads(text, parse_float=parse_float)
    # Beside its own error: ValueError for integers of thousands of digits and for impossible
    # dates, RecursionError for arrays in arrays without end, ArithmeticError from Decimal.
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise ConfigError(f"{origin} is not readable TOML: {error}.") from None
    return table


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
