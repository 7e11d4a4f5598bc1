"""Sums of products in the notation of Loihi's learning rules: ``2^-3 * x0 * y1 - u4 * (t + 2)``.

A product has a dependency (``x0``, ``y0`` or ``u0`` to ``u9``) that says when it counts, factors
(traces x1, x2, y1, y2, y3 and the synapse's own w, d, t, each with a constant if wanted, or the
sign of one of the latter) and a scale, mantissa times a power of two. ``uk`` counts in every 2^k-th
epoch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spikeff.errors import LimitError
from spikeff.ir.plasticity import widths

SPIKES = ("x0", "y0")
SYNAPTIC = ("w", "d", "t")
TOKEN = re.compile(r"\s*(2\^[+-]?\d{1,3}|\d{1,6}|x[012]|y[0123]|u\d|[wdt]|sgn\(|[()+\-*])")
MAX_RULE = 1000  # characters


@dataclass(frozen=True)
class Factor:
    """``variable + constant``, or the sign of it.

    Attributes:
        variable: x0, x1, x2, y0, y1, y2, y3, w, d or t.
        constant: Added before the factor is brought within its width.
        sign: Whether only the sign counts.
    """

    variable: str
    constant: int = 0
    sign: bool = False


@dataclass(frozen=True)
class Product:
    """``mantissa * 2^exponent * factors``, where the dependency holds.

    Attributes:
        dependency: "x0", "y0" or "u".
        decimation: k of ``uk``: the product counts in every 2^k-th epoch; 0 for spikes.
    """

    dependency: str
    decimation: int
    mantissa: int
    exponent: int
    factors: tuple[Factor, ...]

    @property
    def bits(self) -> int:
        """Sum of the widths of factors and mantissa."""
        return sum(widths.FACTOR_BITS[f.variable] for f in self.factors) + widths.MANTISSA_BITS


def parse_rule(owner: str, text: str) -> tuple[Product, ...]:
    """Read a sum of products.

    Args:
        owner: Whose rule it is, for messages.
        text: The sum; "" for none.

    Raises:
        LimitError: It is no sum of products, or one that the engine cannot compute.
    """
    if not text:
        return ()
    if len(text) > MAX_RULE:
        raise LimitError(f"{owner}: {len(text)} characters; {MAX_RULE} are the most read.")
    products = tuple(_product(owner, part) for part in _summands(list(_tokens(owner, text))))
    for product in products:
        _require_fit(owner, product)
    return products


def _tokens(owner: str, text: str) -> Iterator[str]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            raise LimitError(
                f"{owner} = {text!r}: {text[place:].strip()[:20]!r} is not read; a rule is a sum "
                f"of products of x0, y0, u0 to u9, x1, x2, y1, y2, y3, w, d, t, constants and 2^k."
            )
        place = found.end()
        yield found.group(1)


def _summands(tokens: list[str]) -> list[list[str]]:
    """Tokens of every product, its sign first."""
    parts: list[list[str]] = []
    depth = 0
    for k, token in enumerate(tokens):
        if depth == 0 and token in "+-":
            parts.append([token])
        elif k == 0:
            parts.append(["+", token])
        else:
            parts[-1].append(token)
        depth += token.endswith("(") - (token == ")")
    return parts


def _product(owner: str, tokens: list[str]) -> Product:
    mantissa, exponent = (-1 if tokens[0] == "-" else 1), 0
    dependency, decimation = "", 0
    factors: list[Factor] = []
    for item in _items(owner, tokens[1:]):
        if item[0][0].isdigit():
            number, power = _literal(item[0])
            mantissa, exponent = mantissa * number, exponent + power
        elif item[0][0] == "u" or (item[0] in SPIKES and not dependency):
            _require_one(owner, dependency)
            dependency = item[0][0] if item[0][0] == "u" else item[0]
            decimation = int(item[0][1:]) if dependency == "u" else 0
        else:
            turned, factor = _factor(owner, item)
            mantissa *= turned
            factors.append(factor)
    while abs(mantissa) > widths.MANTISSA_MAX and mantissa % 2 == 0:
        mantissa, exponent = mantissa // 2, exponent + 1
    if not dependency:
        raise LimitError(
            f"{owner}: the product {' '.join(tokens)!r} has no spike factor; every product needs "
            f"x0, y0 or one of u0 to u9, which say when it counts."
        )
    return Product(dependency, decimation, mantissa, exponent, tuple(factors))


def _require_one(owner: str, dependency: str) -> None:
    if dependency:
        raise LimitError(
            f"{owner}: a product has both {dependency!r} and a decimation uk; it counts by one of "
            f"them: leave the other out."
        )


def _items(owner: str, tokens: list[str]) -> Iterator[list[str]]:
    """What is multiplied: single tokens, and brackets as a whole."""
    item: list[str] = []
    expected = True
    for token in tokens:
        if not item and not expected:
            if token != "*":
                raise LimitError(f"{owner}: {token!r} where '*' was expected; multiply by '*'.")
            expected = True
            continue
        item.append(token)
        if not item[0].endswith("(") or token == ")":
            yield item
            item, expected = [], False
    if item or expected:
        raise LimitError(f"{owner}: {' '.join(tokens)!r} ends too early; close its bracket.")


def _literal(token: str) -> tuple[int, int]:
    """Mantissa and exponent of a number."""
    return (1, int(token[2:])) if token.startswith("2^") else (int(token), 0)


def _factor(owner: str, item: list[str]) -> tuple[int, Factor]:
    """Sign to multiply by, and the factor, of a variable or a bracket around one."""
    if not item[0].endswith("("):
        if item[0] not in widths.FACTOR_BITS:
            raise LimitError(f"{owner}: {item[0]!r} is no factor; use a trace, w, d, t or 2^k.")
        return 1, Factor(item[0])
    inner = item[1:-1] if item[1:2] and item[1] in "+-" else ["+", *item[1:-1]]
    signs, parts = inner[::2], inner[1::2]
    variables = [k for k, part in enumerate(parts) if part in widths.FACTOR_BITS]
    whole = all(part.isdigit() or k in variables for k, part in enumerate(parts))
    right = len(signs) == len(parts) <= 2 and len(variables) == 1 and whole
    if not right or not all(sign in ("+", "-") for sign in signs):
        raise LimitError(
            f"{owner}: the bracket {' '.join(item)!r} is not read; it holds one variable and a "
            f"whole constant: '(y1 - 3)'."
        )
    return _around(owner, item[0], signs, parts, variables[0])


def _around(
    owner: str, opening: str, signs: list[str], parts: list[str], at: int
) -> tuple[int, Factor]:
    values = [
        (-1 if s == "-" else 1) * (0 if k == at else int(p)) for k, (s, p) in _each(signs, parts)
    ]
    turned = -1 if signs[at] == "-" else 1
    constant, only_sign = turned * sum(values), opening == "sgn("
    if only_sign and (parts[at] not in SYNAPTIC or turned < 0):
        raise LimitError(
            f"{owner}: sgn() is of w, d or t, and of no negative; it is {parts[at]!r}."
        )
    return turned, Factor(parts[at], constant, only_sign)


def _each(signs: list[str], parts: list[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    return enumerate(zip(signs, parts, strict=True))


def _require_fit(owner: str, product: Product) -> None:
    """Refuse what the registers of the engine cannot hold."""
    p = product
    if not widths.MANTISSA_MIN <= p.mantissa <= widths.MANTISSA_MAX:
        raise LimitError(
            f"{owner}: mantissa = {p.mantissa} exceeds [{widths.MANTISSA_MIN}, "
            f"{widths.MANTISSA_MAX}], {widths.MANTISSA_BITS} bits; use powers of two: 2^k."
        )
    if not widths.EXPONENT_MIN <= p.exponent <= widths.EXPONENT_MAX:
        raise LimitError(
            f"{owner}: exponent = {p.exponent} exceeds [{widths.EXPONENT_MIN}, "
            f"{widths.EXPONENT_MAX}]; use larger or smaller traces instead."
        )
    if p.bits > widths.PRODUCT_BITS:
        raise LimitError(
            f"{owner}: the factors of a product are {p.bits} bits together, wider than the "
            f"{widths.PRODUCT_BITS} of the engine's register; leave a factor out."
        )
    for factor in p.factors:
        if abs(factor.constant) > widths.CONSTANT_MAX:
            raise LimitError(
                f"{owner}: constant {factor.constant} beside {factor.variable!r} exceeds "
                f"{widths.CONSTANT_BITS} bits; use at most {widths.CONSTANT_MAX}."
            )
