"""Random connectivities of every kind, small, with the weights that they need."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import (
    CONNECTIVITIES,
    DENSE,
    ONE_TO_ONE,
    AvgPool2d,
    Connectivity,
    Conv2d,
    LocalFields,
    Sparse,
    SumPool2d,
)

Shape = tuple[int, ...]
Draw = Callable[[np.random.Generator], tuple[Connectivity, Shape]]


def _pair(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))


def _patches(rng: np.random.Generator, dilated: int = 2) -> dict[str, tuple[int, int]]:
    """Kernel, stride, padding and dilation, each another in rows and in columns."""
    kernel, dilation = _pair(rng, 1, 3), _pair(rng, 1, dilated)
    extents = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    padding = tuple(int(rng.integers(0, min(e, 3))) for e in extents)
    return {
        "kernel": kernel,
        "stride": _pair(rng, 1, 3),
        "padding": (padding[0], padding[1]),
        "dilation": dilation,
    }


def _grid(rng: np.random.Generator, channels: int) -> tuple[int, int, int]:
    return channels, int(rng.integers(5, 7)), int(rng.integers(5, 8))


def conv2d(rng: np.random.Generator) -> Conv2d:
    """A convolution of one to three groups."""
    groups = int(rng.integers(1, 4))
    channels, out = (groups * n for n in _pair(rng, 1, 2))
    return Conv2d(_grid(rng, channels), out, **_patches(rng), groups=groups)


def local_fields(rng: np.random.Generator) -> LocalFields:
    """Fields on up to three channels."""
    return LocalFields(
        _grid(rng, int(rng.integers(1, 4))), int(rng.integers(1, 3)), **_patches(rng)
    )


def _pool(kind: type[SumPool2d]) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Connectivity, Shape]:
        patches = _patches(rng, dilated=1)
        del patches["dilation"]
        return kind(_grid(rng, int(rng.integers(1, 4))), **patches), (1,)

    return draw


def sparse(rng: np.random.Generator) -> Sparse:
    """Some pairs of neurons, in no order."""
    target, source = _pair(rng, 4, 12)
    pairs = rng.permutation(target * source)[: int(rng.integers(1, target * source // 2))]
    return Sparse(target, source, *np.divmod(pairs, source))


def _with_shape(make: Callable[[np.random.Generator], Connectivity]) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Connectivity, Shape]:
        kind = make(rng)
        return kind, shape_of(kind)

    return draw


def shape_of(kind: Connectivity) -> Shape:
    """Shape of the weights of a kind whose fields fix it."""
    if isinstance(kind, Sparse):
        return kind.weight_shape(kind.target_size, kind.source_size)
    source, target = kind.source_shape, kind.target_shape  # type: ignore[attr-defined]
    return kind.weight_shape(int(np.prod(target)), int(np.prod(source)))


def _one_to_one(rng: np.random.Generator) -> tuple[Connectivity, Shape]:
    return ONE_TO_ONE, (int(rng.integers(2, 12)),)


KINDS: dict[str, Draw] = {
    "dense": lambda rng: (DENSE, _pair(rng, 3, 12)),
    "one_to_one": _one_to_one,
    "sparse": _with_shape(sparse),
    "local_fields": _with_shape(local_fields),
    "conv2d": _with_shape(conv2d),
    "sum_pool2d": _pool(SumPool2d),
    "avg_pool2d": _pool(AvgPool2d),
}


def weights_of(rng: np.random.Generator, shape: Shape) -> Array:
    """Weights of which a third are zero, but not all."""
    weights = rng.normal(0.4, 1.0, shape)
    weights[rng.random(shape) < 1 / 3] = 0.0
    weights.flat[0] = 1.0
    return weights


def _grids(size: int) -> list[tuple[int, int, int]]:
    """All (channels, rows, columns) of so many neurons."""
    divisors = [d for d in range(1, size + 1) if size % d == 0]
    return [(c, r, size // c // r) for c in divisors for r in divisors if size // c % r == 0]


def fitting(rng: np.random.Generator, name: str, target: int, source: int) -> Connectivity:
    """A connectivity between populations of any sizes; sparse where none of ``name`` was found."""
    if name == "dense" or (name == "one_to_one" and target == source):
        return DENSE if name == "dense" else ONE_TO_ONE
    for _ in range(40 if name not in ("one_to_one", "sparse") else 0):
        grids = _grids(source)
        found = _on_grid(rng, name, target, grids[int(rng.integers(len(grids)))])
        if found is not None:
            return found
    count = int(rng.integers(1, target * source + 1))
    return Sparse(target, source, *np.divmod(rng.permutation(target * source)[:count], source))


def _on_grid(
    rng: np.random.Generator, name: str, target: int, grid: tuple[int, int, int]
) -> Connectivity | None:
    """A kind on a random grid, None where its target has another size."""
    pools = name in ("sum_pool2d", "avg_pool2d")
    patches = _patches(rng, dilated=1 if pools else 2)
    try:
        probe = Conv2d(grid, 1, **patches)
    except DescriptionError:
        return None
    places = int(np.prod(probe.patches.places))
    if pools:
        del patches["dilation"]
        fits = target == grid[0] * places
        return CONNECTIVITIES[name](grid, **patches) if fits else None  # type: ignore[call-arg]
    out, rest = divmod(target, places)
    if rest:
        return None
    if name == "local_fields":
        return LocalFields(grid, out, **patches)
    divisors = [g for g in range(1, out + 1) if out % g == 0 and grid[0] % g == 0]
    return Conv2d(grid, out, **patches, groups=int(rng.choice(divisors)))
