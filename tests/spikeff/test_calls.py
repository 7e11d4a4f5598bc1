"""Every public call and command with numbers of every type: our errors only, by name."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import torch

import spikeff
from lava_export.quantize.quantize import quantize
from spikeff.cli.main import COMMANDS
from spikeff.errors import ConfigError, SpikeffError
from spikeff.ir.numbers import ARGUMENTS
from tests import networks
from tests.commands import bad
from tests.networks.netx_files import CUBA, dense, write_netx

# Options that are not called as their parameters are.
COMMAND_NAMES = {"check_samples": "check"}
WRONG = {
    "int": ["8", 8.0, np.float32(8), True, np.bool_(True), 1j, [8], float("nan")],
    "float": ["0.1", True, [0.1], 1j, float("nan"), 10**400],
    "bool": [1, "yes", None, np.int64(0)],
}


def numbers_of(function: Any) -> list[tuple[str, str]]:
    """Parameters of a function that are numbers, with their kind."""
    parameters = inspect.signature(function).parameters.values()
    return [
        (p.name, p.annotation.removesuffix(" | None"))
        for p in parameters
        if p.annotation in ARGUMENTS
    ]


def call_with(function: Any, name: str, value: object) -> None:
    parameters = inspect.signature(function).parameters.values()
    needed: dict[str, object] = {p.name: "nowhere" for p in parameters if p.default is p.empty}
    needed |= dict.fromkeys(needed.keys() & {"inputs", "neurons"}, 20)  # of a layer
    function(**needed | {name: value})


CALLS = {name: getattr(spikeff, name) for name in spikeff.__all__} | {"quantize": quantize}
PLACES = [
    (call, name, kind)
    for call, function in CALLS.items()
    if callable(function)
    for name, kind in numbers_of(function)
]


@pytest.mark.parametrize(("call", "name", "kind"), PLACES)
def test_python_calls_name_the_parameter_that_is_no_number(call: str, name: str, kind: str) -> None:
    for value in WRONG[kind]:
        with pytest.raises(ConfigError, match=f"^{name} = .*; give "):
            call_with(CALLS[call], name, value)


def test_the_calls_are_those_that_take_numbers() -> None:
    assert {call for call, _, _ in PLACES} >= {
        *("train", "eval", "check", "export", "run", "energy", "bundle", "from_nir", "report"),
        *("tune", "FFLayer", "quantize"),
    }
    assert ("export", "bits", "int") in PLACES
    assert ("from_nir", "dt", "float") in PLACES


@pytest.mark.parametrize("bits", [np.int64(4), np.uint8(4), np.array(4), torch.tensor(4)])
def test_integers_of_any_library_quantise_alike(bits: Any) -> None:
    made, expected = (quantize(networks.description(), b) for b in (bits, 4))
    np.testing.assert_array_equal(made.connections[0].weights, expected.connections[0].weights)
    assert type(made.quantization.weight_bits) is int  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inputs", 0),
        ("neurons", -1),
        ("column_size", 0),
        ("column_size", -10),
        ("seed", -1),
        ("seed", 10**20),
    ],
)
def test_a_layer_names_what_it_cannot_have(name: str, value: int) -> None:
    with pytest.raises(SpikeffError, match=f"{name.removesuffix('_size')}"):
        spikeff.FFLayer(**{"inputs": 4, "neurons": 20, name: value})


NEVER: dict[type, list[str]] = {
    int: ["-1", "1" + "0" * 20, "1.5"],
    float: ["nan", "inf", "-1.0", "-0.0", "x"],
}
# Where options count that another option brings into play.
WAYS = COMMANDS | {"train --on-chip": COMMANDS["train"], "run --target device": COMMANDS["run"]}
MAY_BE_ZERO = {"--mismatch", "--dead", "--noise", "--drift"}
OPTIONS = [
    (name, f"--{COMMAND_NAMES.get(option, option).replace('_', '-')}", kind)
    for name, command in WAYS.items()
    for option, hint in get_type_hints(command, include_extras=True).items()
    for kind in NEVER
    if get_origin(hint) is Annotated and kind in (get_args(hint)[0], *get_args(get_args(hint)[0]))
]


@pytest.fixture(scope="module")
def arguments(run_directory: Path, network_file: Path, tmp_path_factory: Any) -> Any:
    """What each command needs beside the option that is wrong."""
    new = tmp_path_factory.mktemp("calls") / "new"
    graph = run_directory.parent / "network.nir"
    spikeff.to_nir(run_directory, graph)
    theirs = write_netx(new.parent / "theirs.net", [dense(np.full((2, 3), 2), CUBA)])
    return {
        "train": ["--preset", "digits", "--out", new],
        "eval": [run_directory],
        "sample": [run_directory],
        "check": [run_directory],
        "export": [run_directory, "--out", new],
        "run": [network_file],
        "energy": [network_file],
        "report": [run_directory, "--out", new],
        "bundle": [network_file, "--out", new],
        "from-nir": [graph, "--dt", "0.001", "--steps", "8", "--out", new],
        "from-netx": [theirs, "--out", new],
        "data": ["shd", "--from", new.parent, "--steps", "8", "--out", new],
        "tune": ["--preset", "digits", "--out", new],
        "demo": ["--out", new],
        "distil": [network_file, "--out", new],
        "train --on-chip": ["--preset", "digits-onchip", "--out", new],
        "run --target device": [network_file],
    }


@pytest.mark.slow
@pytest.mark.parametrize(("command", "option", "kind"), OPTIONS)
def test_commands_refuse_numbers_that_nothing_can_have(
    command: str, option: str, kind: type, arguments: Any, session_cli: Any
) -> None:
    wrong = [v for v in NEVER[kind] if not (option in MAY_BE_ZERO and v == "-0.0")]
    for value in wrong:
        given = [*command.split(), *arguments[command], f"{option}={value}"]
        assert len(bad(session_cli, *given)) < 10**4
    assert not next(iter(p for p in arguments["train"] if isinstance(p, Path))).exists()
