"""Files in the layout that slayer's blocks of lava-dl write, made with h5py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

CUBA = {
    "type": "CUBA",
    "iDecay": 1024,
    "vDecay": 256,
    "vThMant": 80,
    "refDelay": 1,
    "gradedSpike": False,
}


def write_netx(
    path: Path, layers: list[dict[str, Any]], times: tuple[int, int] | None = (1, 12)
) -> Path:
    """Write layers, each a table of arrays with its ``type``; ``neuron`` is a table of its own."""
    with h5py.File(path, "w") as file:
        if times is not None:
            file["simulation/Ts"], file["simulation/tSample"] = times
        for number, layer in enumerate(layers):
            group = file.create_group(f"layer/{number}")
            kind = layer["type"].encode()
            group.create_dataset("type", (1,), "S10", [kind])
            for key, value in layer.items():
                if key not in ("type", "neuron"):
                    group[key] = value
            for key, value in (layer.get("neuron") or {}).items():
                group[f"neuron/{key}"] = value
    return path


def dense(weights: Any, neuron: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A dense layer; weights are floats that hold integers, as slayer's are."""
    given = np.asarray(weights, np.float32)
    layer = {"type": "dense", "shape": np.array([len(given), 1, 1]), "weight": given}
    return layer | ({} if neuron is None else {"neuron": neuron}) | more


def conv(weights: Any, shape: tuple[int, int, int], neuron: Any = None, **more: Any) -> Any:
    """A convolution whose kernels have slayer's axis of time."""
    given = np.asarray(weights, np.float32)
    layer = {
        "type": "conv",
        "shape": np.array(shape),
        "kernelSize": np.array(given.shape[2:]),
        "stride": np.array([1, 1]),
        "padding": np.array([0, 0]),
        "dilation": np.array([1, 1]),
        "groups": 1,
        "weight": given[..., np.newaxis],
        "neuron": neuron or CUBA,
    }
    return layer | more


def pool(weight: Any, shape: tuple[int, int, int], neuron: Any = None, **more: Any) -> Any:
    """A pooling of patches of 2 x 2."""
    given = np.broadcast_to(np.asarray(weight, np.float32), (2, 2))
    return conv(given[np.newaxis, np.newaxis], shape, neuron, stride=np.array([2, 2]), **more) | {
        "type": "pool"
    }
