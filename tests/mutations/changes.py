"""What can be broken in a function: kinds of changes to its syntax tree.

A change is made wherever it applies in the function; one that applies nowhere is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One kind of change.

    Attributes:
        says: What changes, for a reader.
        applies: Whether a node is one to change.
        becomes: What stands in its place: a node, or statements.
    """

    says: str
    applies: Callable[[ast.AST], bool]
    becomes: Callable[[ast.AST], ast.AST | list[ast.stmt]]


def expression(old: str, new: str) -> Change:
    """An expression, whatever its layout, becomes another."""
    wanted = ast.dump(_expression(old))
    return Change(
        f"`{old}` → `{new}`",
        lambda node: isinstance(node, ast.expr) and ast.dump(node) == wanted,
        lambda node: _expression(new),
    )


def term_dropped(right: str) -> Change:
    """An operation with ``right`` as its right side becomes its left side."""

    def left(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.BinOp)
        return node.left

    return Change(
        f"without `{right}`",
        lambda node: isinstance(node, ast.BinOp) and ast.unparse(node.right) == right,
        left,
    )


def compared(left: str, old: type[ast.cmpop], new: type[ast.cmpop]) -> Change:
    """Another comparison of ``left`` with what it is compared to."""

    def changed(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Compare)
        return ast.Compare(node.left, [new()], node.comparators)

    return Change(
        f"`{left}`: {old.__name__} → {new.__name__}",
        lambda node: (
            isinstance(node, ast.Compare)
            and ast.unparse(node.left) == left
            and isinstance(node.ops[0], old)
        ),
        changed,
    )


def called(old: str, new: str) -> Change:
    """Another function is called with the same arguments."""

    def changed(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        return ast.Call(_expression(new), node.args, node.keywords)

    return Change(f"`{old}` → `{new}`", lambda node: _calls(node, old), changed)


def argument(call: str, place: int | str, new: str) -> Change:
    """Another value for one argument of a call, given by its place or its name."""

    def changed(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        args = [_expression(new) if k == place else arg for k, arg in enumerate(node.args)]
        keywords = [
            ast.keyword(k.arg, _expression(new) if k.arg == place else k.value)
            for k in node.keywords
        ]
        return ast.Call(node.func, args, keywords)

    return Change(
        f"argument {place!r} of `{call}` → `{new}`",
        lambda node: _calls(node, call) and _has_argument(node, place),
        changed,
    )


def instead_of(call: str, *statements: str) -> Change:
    """Other statements, or none, in place of the one that is a call."""
    text = "; ".join(statements) or "pass"
    return Change(
        f"`{call}(...)` → `{text}`",
        lambda node: isinstance(node, ast.Expr) and _calls(node.value, call),
        lambda node: ast.parse(text).body,
    )


def assigned(target: str, new: str) -> Change:
    """A value is assigned where one was added, subtracted and so on."""
    return Change(
        f"`{target}` → `{new}`",
        lambda node: isinstance(node, ast.AugAssign) and ast.unparse(node.target) == target,
        lambda node: ast.parse(f"{target} = {new}").body,
    )


def nothing_done() -> Change:
    """The function returns at once."""

    def emptied(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.FunctionDef)
        return ast.FunctionDef(node.name, node.args, [ast.Pass()], [], None)

    return Change("does nothing", lambda node: isinstance(node, ast.FunctionDef), emptied)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == name


def _has_argument(node: ast.AST, place: int | str) -> bool:
    assert isinstance(node, ast.Call)
    if isinstance(place, int):
        return place < len(node.args)
    return place in [k.arg for k in node.keywords]
