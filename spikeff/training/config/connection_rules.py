"""Rules for connections: their ends exist, their kinds fit, and what else they rule out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from spikeff.ir.network import INPUT
from spikeff.nn.connection_settings import ConnectionSettings, layer_name, misfit
from spikeff.training.config.rules import RULES_BETWEEN, Check, rule

Table = Mapping[str, Any]
CONNECTIONS, LAYERS = "network.connections", "network.layers"


def graph_rule(place: str, *reads: str) -> Callable[[Check], Check]:
    """As :func:`rule`, the check given connections and layers after the values at ``reads``.

    It is asked only where both are whole tables, since what is missing is said elsewhere.
    """

    def enter(check: Check) -> Check:
        def asked(*given: Any) -> Iterator[str]:
            connections, layers = given[-2:]
            if _whole(connections, ConnectionSettings.model_fields) and _whole(layers, ["neurons"]):
                yield from check(*given)

        rule(place, *reads, CONNECTIONS, LAYERS)(asked)
        return check

    return enter


def _whole(tables: Any, needed: Any) -> bool:
    listed = isinstance(tables, list | tuple)
    return listed and all(isinstance(t, Mapping) and set(needed) <= t.keys() for t in tables)


@graph_rule(CONNECTIONS)
def _ends_exist(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    names = [layer_name(k) for k in range(len(layers))]
    for c in connections:
        for end, known in (("source", [INPUT, *names]), ("target", names)):
            if c[end] not in known:
                yield f"{end} {c[end]!r} does not exist; choose one of: {', '.join(known)}"


@graph_rule(CONNECTIONS)
def _back_takes_a_step(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    order = {layer_name(k): k for k in range(len(layers))}
    for c in connections:
        source, target = order.get(c["source"], -1), order.get(c["target"], len(order))
        if c["delay"] == 0 and source >= target:
            yield (
                f"{c['source']} -> {c['target']} with delay 0 closes a loop within a step; give it "
                f"a delay of at least 1"
            )


@graph_rule(CONNECTIONS)
def _kinds_fit(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    sizes = {layer_name(k): layer["neurons"] for k, layer in enumerate(layers)}
    for c in connections:
        if c["source"] in sizes and c["target"] in sizes:
            reason = misfit(c["connectivity"], sizes[c["target"]], sizes[c["source"]])
            if reason:
                yield f"{c['source']} -> {c['target']}: {reason}"


@graph_rule(LAYERS)
def _upward_kinds_fit(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    for k in range(1, len(layers)):
        kind = layers[k].get("connectivity")
        reason = kind and misfit(kind, layers[k]["neurons"], layers[k - 1]["neurons"])
        if reason:
            yield f"{layer_name(k - 1)} -> {layer_name(k)}: {reason}"


@rule("network.labels.targets", "network.labels.targets", LAYERS)
def _labels_reach_layers(targets: Sequence[str], layers: Sequence[Any]) -> Iterator[str]:
    names = [layer_name(k) for k in range(len(layers))]
    for target in targets:
        if target not in names:
            yield f"{target!r} does not exist; choose one of: {', '.join(names)}"
    if len(set(targets)) != len(targets):
        yield f"{list(targets)} names a layer twice"


def row_rule(place: str, *reads: str) -> Callable[[Check], Check]:
    """As :func:`rule`, for what only dense layers in a row have: asked of other networks.

    The check is given the layers after the values at ``reads``.
    """

    def enter(check: Check) -> Check:
        def asked(*given: Any) -> Iterator[str]:
            *values, labels, connections, layers = given
            if _is_graph(connections, layers, labels):
                yield from check(*values, layers)

        graph_rule(place, *reads, "network.labels")(asked)
        return check

    return enter


def _is_graph(
    connections: Sequence[Table], layers: Sequence[Table], labels: Mapping[str, Any] | None
) -> bool:
    above = labels is not None and list(labels.get("targets", ())) != [layer_name(0)]
    own = any(layer.get("connectivity") or layer.get("delays") for layer in layers)
    return bool(connections) or own or above


@row_rule("network.spike_budget", "network.spike_budget")
def _no_budget(budget: int | None, layers: Sequence[Table]) -> Iterator[str]:
    if budget is not None:
        yield "a budget counts what one dense layer passes to the next; leave it or connections out"


@row_rule("network.black_box", "network.black_box")
def _no_box(box: Any, layers: Sequence[Table]) -> Iterator[str]:
    if box is not None:
        yield "a black box lies between two dense layers; leave it or connections out"


@row_rule(LAYERS)
def _no_grid(layers: Sequence[Table]) -> Iterator[str]:
    for k, layer in enumerate(layers):
        if layer.get("weight_bits") is not None:
            yield f"{layer_name(k)}: weight_bits is for dense layers in a row; leave it out"


@row_rule("learning.balanced", "learning.balanced")
def _not_balanced(balanced: bool, layers: Sequence[Table]) -> Iterator[str]:
    if balanced:
        yield "weights are balanced between dense layers in a row; leave it or connections out"


ALL_RULES = tuple(RULES_BETWEEN)  # those between any sections, and those of this file
