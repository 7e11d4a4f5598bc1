"""Puts a change into a function of the running program, and takes it out again."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType

from tests.mutations.changes import Change


@contextmanager
def broken(where: str, change: Change) -> Iterator[None]:
    """The function ``where``, "module:qualified name", with the change in it; whole again after."""
    function = found(where)
    whole = function.__code__
    function.__code__ = changed_code(function, change)
    try:
        yield
    finally:
        function.__code__ = whole


def found(where: str) -> FunctionType:
    """The function of that module and qualified name, which no test may have wrapped.

    Of a compiled one that which it is compiled from.
    """
    module, _, name = where.partition(":")
    at = importlib.import_module(module)
    for part in name.split("."):
        at = getattr(at, part)
    at = getattr(at, "py_func", at)
    assert isinstance(at, FunctionType), f"{where} is no plain function"
    return at


def changed_code(function: FunctionType, change: Change) -> CodeType:
    """Compiled code of ``function`` with the change made wherever it applies.

    Raises LookupError where it applies nowhere.
    """
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    editor = _Editor(change)
    tree = ast.fix_missing_locations(editor.visit(tree))
    if not editor.places:
        raise LookupError(f"{function.__qualname__}: there is nothing to change by {change.says}")
    ast.increment_lineno(tree, first - 1)
    tree.body.insert(0, *ast.parse("from __future__ import annotations").body)
    module = compile(tree, function.__code__.co_filename, "exec")
    (code,) = (c for c in module.co_consts if isinstance(c, CodeType))
    return code


class _Editor(ast.NodeTransformer):
    """Applies a change and counts where."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self.places = 0

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        node = self.generic_visit(node)
        if not self._change.applies(node):
            return node
        self.places += 1
        return self._change.becomes(node)
