"""The device on which torch computes, by name, checked before anything is moved there."""

from __future__ import annotations

import torch

from spikeff.errors import ConfigError, UnknownNameError

DEVICES = ("cpu", "cuda", "cuda:0")


def torch_device(device: str | torch.device) -> torch.device:
    """cpu, cuda, or one of several GPUs as cuda:0, cuda:1 and so on.

    Raises:
        UnknownNameError: Any other name.
        ConfigError: torch sees no such GPU.
    """
    kind, _, index = str(device).partition(":")
    if kind not in DEVICES or (index and not (kind == "cuda" and index.isdecimal())):
        raise UnknownNameError("device", str(device), DEVICES)
    seen = torch.cuda.device_count() if kind == "cuda" else 1
    if int(index or 0) >= seen:
        raise ConfigError(
            f"device {str(device)!r}: torch sees {seen} CUDA GPU(s) here; use cpu or one of them."
        )
    return torch.device(str(device))
