"""The targets by name: emulator, Lava, Loihi 2, and those that others register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from hw_targets.target import Recorded, Target, TargetRun
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import ConfigError, TargetUnavailableError, UnknownKindError
from spikeff.ir.arrays import Array

CPU = "cpu"


def _torch_kernel() -> Any:
    """By its name: it does not travel with a board's job, which has no torch."""
    return import_module("hw_targets.emulator.torch_kernel")


@dataclass(frozen=True)
class EmulatorTarget:
    """The exact model of Lava's fixed point; runs everywhere.

    Attributes:
        on: "cpu" for NumPy and compiled loops, or the torch device that computes.
    """

    on: str = CPU
    name: ClassVar[str] = "emulator"

    def missing(self) -> str | None:
        """A device that torch does not find; on the CPU nothing."""
        if self.on == CPU:
            return None
        missing: str | None = _torch_kernel().missing(self.on)
        return missing

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.emulator.run.run`."""
        if self.on != CPU:
            found: TargetRun = _torch_kernel().run(network, inputs, record_states, self.on)
            return found
        from hw_targets.emulator import run as emulator

        return emulator.run(network, inputs, record_states)


class LavaTarget:
    """Lava's own bit-accurate models on this processor."""

    name = "lava"

    def missing(self) -> str | None:
        """Say how to install Lava where it is absent."""
        from lava_export.lava import compat as lava_compat

        return lava_compat.missing()

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.lava.choice.run_integer`."""
        from hw_targets.lava import choice

        return choice.run_integer(network, inputs, record_states)


class Loihi2Target:
    """A Loihi 2 board, over Slurm or Ethernet. No board was at hand to check a run against."""

    name = "loihi2"

    def missing(self) -> str | None:
        """Say what stands between this machine and a board."""
        from hw_targets.loihi2 import settings as board_settings

        return board_settings.missing()

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """See :func:`hw_targets.loihi2.board.run_integer`; states stay on the chip."""
        missing = self.missing()
        if missing is not None:
            raise TargetUnavailableError(f"target 'loihi2' cannot run here: {missing}")
        from hw_targets.loihi2 import board as loihi2

        return loihi2.run_integer(network, inputs)


class DeviceTarget:
    """The emulator as a device that differs from its specification; see ``hw_targets.learning``."""

    name = "device"

    def missing(self) -> str | None:
        """Nothing is ever missing."""
        return None

    def run(
        self, network: IntegerNetwork, inputs: Array, record_states: Recorded = False
    ) -> TargetRun:
        """Run on the device of seed 0 without mismatch; others are targets of their own."""
        return self.made().run(network, inputs, record_states)

    def made(self, fields: Mapping[str, Any] | None = None) -> Target:
        """The target of one device.   fields : of ``hw_targets.learning.device.Device``"""
        from hw_targets.learning.device import device_of
        from hw_targets.learning.target import OneDevice

        return OneDevice(device_of(fields))


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (EmulatorTarget(), LavaTarget(), Loihi2Target(), DeviceTarget())
}


def register_target(target: Target) -> None:
    """Make ``target`` one that ``spikeff run --target`` and :func:`get_target` know by its name.

    Raises:
        ConfigError: The name is taken.
    """
    if target.name in TARGETS:
        raise ConfigError(f"target {target.name!r} is registered already; choose another name.")
    TARGETS[target.name] = target


def get_target(name: str, device: Mapping[str, Any] | None = None, on: str = CPU) -> Target:
    """Return the target ``name``, ready to run.

    Args:
        name: In the registry.
        device: Fields of ``hw_targets.learning.device.Device``, for the target that has devices.
        on: Torch device on which it computes, for the emulator.

    Raises:
        UnknownKindError: No such target exists.
        TargetUnavailableError: It cannot run here.
        ConfigError: Fields of a device for a target that has none, or a torch device for one that
            does not compute by torch.
    """
    if name not in TARGETS:
        raise UnknownKindError("target", name, TARGETS)
    target = TARGETS[name]
    if on != CPU:
        if not isinstance(target, EmulatorTarget):
            raise ConfigError(
                f"target {name!r} does not compute on {on!r}; leave the device out, or run on "
                f"'emulator'."
            )
        target = EmulatorTarget(on)
    missing = target.missing()
    if missing is not None:
        raise TargetUnavailableError(f"target {name!r} cannot run here: {missing}")
    if device is None:
        return target
    if not isinstance(target, DeviceTarget):
        raise ConfigError(
            f"target {name!r} has no mismatch, dead parts, noise or drift; leave them out, or run "
            f"on 'device'."
        )
    return target.made(device)
