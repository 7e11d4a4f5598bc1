"""JSON from files of anyone: depth and errors bounded."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_JSON_DEPTH = 32
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def parse_json(text: str) -> Any:
    """What ``text`` holds; raises ValueError where it is no JSON or nested too deeply."""
    depth = 0
    for sign in re.findall(r"[\[\]{}]", STRINGS.sub("", text)):
        depth += 1 if sign in "[{" else -1
        if depth > MAX_JSON_DEPTH:
            raise ValueError(f"nested more than {MAX_JSON_DEPTH} deep")
    return json.loads(text)
