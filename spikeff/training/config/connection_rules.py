"""Rules for connections: their ends exist, their kinds fit, and what else they rule out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spikeff.ir.network import INPUT
from spikeff.learning.rules.rule import RULES
from spikeff.nn.connection_settings import layer_name, misfit
from spikeff.training.config.rules import RULES_BETWEEN, rule

Table = Mapping[str, Any]
CONNECTIONS = "network.connections"


@rule(CONNECTIONS, CONNECTIONS, "network.layers")
def _ends_exist(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    names = [layer_name(k) for k in range(len(layers))]
    for c in connections:
        for end, known in (("source", [INPUT, *names]), ("target", names)):
            if c[end] not in known:
                yield f"{end} {c[end]!r} does not exist; choose one of: {', '.join(known)}"


@rule(CONNECTIONS, CONNECTIONS, "network.layers")
def _back_takes_a_step(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    order = {layer_name(k): k for k in range(len(layers))}
    for c in connections:
        source, target = order.get(c["source"], -1), order.get(c["target"], len(order))
        if c["delay"] == 0 and source >= target:
            yield (
                f"{c['source']} -> {c['target']} with delay 0 closes a loop within a step; give it "
                f"a delay of at least 1"
            )


@rule(CONNECTIONS, CONNECTIONS, "network.layers")
def _kinds_fit(connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    sizes = {layer_name(k): layer["neurons"] for k, layer in enumerate(layers)}
    for c in connections:
        if c["source"] in sizes and c["target"] in sizes:
            reason = misfit(c["connectivity"], sizes[c["target"]], sizes[c["source"]])
            if reason:
                yield f"{c['source']} -> {c['target']}: {reason}"


@rule("network.layers", "network.layers")
def _upward_kinds_fit(layers: Sequence[Table]) -> Iterator[str]:
    for k in range(1, len(layers)):
        kind = layers[k].get("connectivity")
        reason = kind and misfit(kind, layers[k]["neurons"], layers[k - 1]["neurons"])
        if reason:
            yield f"{layer_name(k - 1)} -> {layer_name(k)}: {reason}"


def _is_graph(connections: Sequence[Table], layers: Sequence[Table]) -> bool:
    return bool(connections) or any(layer.get("connectivity") for layer in layers)


@rule("network.spike_budget", "network.spike_budget", CONNECTIONS, "network.layers")
def _no_budget(
    budget: int | None, connections: Sequence[Table], layers: Sequence[Table]
) -> Iterator[str]:
    if budget is not None and _is_graph(connections, layers):
        yield "a budget counts what one dense layer passes to the next; leave it or connections out"


@rule("network.black_box", "network.black_box", CONNECTIONS, "network.layers")
def _no_box(box: Any, connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    if box is not None and _is_graph(connections, layers):
        yield "a black box lies between two dense layers; leave it or connections out"


@rule("network.layers", "network.layers", CONNECTIONS)
def _no_grid(layers: Sequence[Table], connections: Sequence[Table]) -> Iterator[str]:
    for k, layer in enumerate(layers):
        if layer.get("weight_bits") is not None and _is_graph(connections, layers):
            yield f"{layer_name(k)}: weight_bits is for dense layers in a row; leave it out"


@rule("learning.rule", "learning.rule.kind", CONNECTIONS, "network.layers")
def _local_rules(name: str, connections: Sequence[Table], layers: Sequence[Table]) -> Iterator[str]:
    if not RULES[name].local and _is_graph(connections, layers):
        yield f"{name!r} sends errors down dense layers in a row; use a local rule with connections"


@rule("learning.balanced", "learning.balanced", CONNECTIONS, "network.layers")
def _not_balanced(
    balanced: bool, connections: Sequence[Table], layers: Sequence[Table]
) -> Iterator[str]:
    if balanced and _is_graph(connections, layers):
        yield "weights are balanced between dense layers in a row; leave it or connections out"


ALL_RULES = tuple(RULES_BETWEEN)  # those between any sections, and those of this file
