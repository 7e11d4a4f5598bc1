"""Linear maps as a connectivity with its weights, so that a convolution stays one.

Products and sums keep the kind where it can hold them; else they become a list of synapses, or a
matrix where one of the two was one already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lava_export.nir.linear.kernels import Kernel, kernel_of, product
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connectivity, Dense, OneToOne, Sparse
from spikeff.ir.sizes import require_few


@dataclass(frozen=True, eq=False)
class LinearMap:
    """Weights of a kind of connectivity.

    Attributes:
        kind: Which inputs reach which outputs.
        weights: float64, of the shape that the kind asks for.
    """

    kind: Connectivity
    weights: Array

    @property
    def ends(self) -> tuple[int, int]:
        """Channels out and in."""
        return self.kind.ends(self.weights.shape)

    def applied(self, values: Array) -> Array:
        """The map of ``values``, (in,), as (out,)."""
        return np.asarray(self.kind.drive(self.weights, np.broadcast_to(values, self.ends[1])))

    @property
    def is_identity(self) -> bool:
        """Whether it passes on what it is given."""
        return isinstance(self.kind, OneToOne) and bool((self.weights == 1).all())


def diagonal(values: Array) -> LinearMap:
    """Each channel times its own number, (size,)."""
    return LinearMap(ONE_TO_ONE, np.asarray(values, np.float64))


def identity(size: int) -> LinearMap:
    """Each channel as it is."""
    return diagonal(np.ones(size))


def matrix(weights: Array) -> LinearMap:
    """A matrix (out, in)."""
    return LinearMap(DENSE, np.asarray(weights, np.float64))


def section(start: int, size: int, total: int) -> LinearMap:
    """The ``size`` channels from ``start`` on, of ``total``."""
    if size == total:
        return identity(total)
    each = np.arange(size)
    return LinearMap(Sparse(size, total, each, each + start), np.ones(size))


def composed(outer: LinearMap, inner: LinearMap) -> LinearMap:
    """First ``inner``, then ``outer``."""
    if inner.is_identity:
        return outer
    if outer.is_identity:
        return inner
    if isinstance(outer.kind, OneToOne):
        return scaled(inner, outer.weights)
    if isinstance(inner.kind, OneToOne) and isinstance(outer.kind, Dense):
        return matrix(outer.weights * inner.weights)
    kernels = kernel_of(outer.kind, outer.weights), kernel_of(inner.kind, inner.weights)
    if kernels[0] is not None and kernels[1] is not None:
        together = product(kernels[0], kernels[1])
        if together is not None:
            return _of_kernel(together)
    first, second = _sparse(inner), _sparse(outer)
    through = np.bincount(second.indices, minlength=outer.ends[1]) @ np.diff(first.indptr)
    require_few("a product of NIR nodes", synapses=int(through))
    return _of_sparse(second @ first, outer, inner)


def scaled(made: LinearMap, gain: Array) -> LinearMap:
    """``made``, each output times its own ``gain``, (out,)."""
    if (gain == 1).all():
        return made
    if isinstance(made.kind, OneToOne):
        return diagonal(made.weights * gain)
    if isinstance(made.kind, Dense):
        return matrix(made.weights * gain[:, np.newaxis])
    if (gain == gain[0]).all():
        return LinearMap(made.kind, made.weights * gain[0])
    kernel = kernel_of(made.kind, made.weights)
    of_channels = None if kernel is None else kernel.scaled(gain)
    if of_channels is not None:
        return _of_kernel(of_channels)
    post, pre, values = made.kind.stored(made.weights)
    return LinearMap(Sparse(made.ends[0], made.ends[1], post, pre), values * gain[post])


def added(one: LinearMap, other: LinearMap) -> LinearMap:
    """The sum of two maps between the same channels."""
    if one.kind == other.kind:
        return LinearMap(one.kind, one.weights + other.weights)
    return _of_sparse(_sparse(one) + _sparse(other), one, other)


def rows(made: LinearMap, chosen: Array) -> LinearMap:
    """The outputs ``chosen``, whole numbers (some,), in that order."""
    return _picked(made, chosen, axis=0)


def columns(made: LinearMap, chosen: Array) -> LinearMap:
    """The map of the inputs ``chosen`` alone, in that order."""
    return _picked(made, chosen, axis=1)


def masked(made: LinearMap, kept: Array) -> LinearMap:
    """``made`` with outputs that are not ``kept``, bool (out,), at 0."""
    return scaled(made, kept.astype(np.float64))


def _picked(made: LinearMap, chosen: Array, axis: int) -> LinearMap:
    if isinstance(made.kind, Dense):
        return matrix(made.weights.take(chosen, axis))
    table = _sparse(made)
    return _of_sparse(table[chosen] if axis == 0 else table[:, chosen])


def _of_kernel(kernel: Kernel) -> LinearMap:
    return LinearMap(kernel.kind, kernel.weights)


def _sparse(made: LinearMap) -> Any:
    post, pre, values = made.kind.stored(made.weights)
    return csr_array((values, (post, pre)), shape=made.ends)


def _of_sparse(table: Any, *parts: LinearMap) -> LinearMap:
    """A matrix where one of the ``parts`` is one, else a list of synapses."""
    require_few("a product of NIR nodes", synapses=table.nnz)
    if any(isinstance(part.kind, Dense) for part in parts):
        require_few("a product of NIR nodes", synapses=table.shape[0] * table.shape[1])
        return matrix(table.toarray())
    entries = table.tocoo()
    post, pre = entries.row.astype(np.intp), entries.col.astype(np.intp)
    kind = Sparse(int(table.shape[0]), int(table.shape[1]), post, pre)
    return LinearMap(kind, np.asarray(entries.data, np.float64))


def require_finite(name: str, what: str, value: Any) -> Array:
    """``value`` in float64; DescriptionError names the node unless all of it is finite."""
    array = np.asarray(value, np.float64)
    if not np.isfinite(array).all():
        raise DescriptionError(f"NIR node {name!r} holds {what} that are not finite.")
    return array
