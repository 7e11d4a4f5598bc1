"""Every option of a command reaches the parameter of its name, and no other."""

import importlib
import inspect
from pathlib import Path

import pytest

from spikeff.cli.main import COMMANDS

HOW = {"report", "log", "progress", "command"}  # how a step tells what it does
# Command line -> the step that it calls, and what must reach it.
LINES = {
    "train": (
        "spikeff.pipeline.train:train",
        "train --out o --preset p --config c --data d --epochs 2 --seed 3 --validation 0.2 "
        "--early-stop 4 --delays fixed --max-delay 5 --hold-out h --from w --device cuda:1 "
        "--resume --overwrite --tensorboard --save-every 7 "
        "--pipeline",
        {
            "out": "o",
            "preset": "p",
            "config": "c",
            "data": "d",
            "epochs": 2,
            "seed": 3,
            "save_every": 7,
            "validation": 0.2,
            "early_stop": 4,
            "delays": "fixed",
            "max_delay": 5,
            "hold_out": "h",
            "weights_from": "w",
            "device": "cuda:1",
            "resume": True,
            "overwrite": True,
            "tensorboard": True,
            "pipeline": True,
        },
    ),
    "eval": (
        "spikeff.pipeline.evaluate:evaluate_run",
        "eval r --data d --samples 2 --split train --jitter 3 --reverse --seed 4 --device cuda:1 "
        "--spikes s",
        {
            "run": "r",
            "data": "d",
            "samples": 2,
            "split": "train",
            "jitter": 3,
            "reverse": True,
            "seed": 4,
            "device": "cuda:1",
            "spikes": "s",
        },
    ),
    "sample": (
        "spikeff.pipeline.sample:sample",
        "sample r --out o --data d --samples 2 --roll-out 3 --characters 4 --seed 5",
        {
            "run": "r",
            "out": "o",
            "data": "d",
            "samples": 2,
            "roll_out": 3,
            "characters": 4,
            "seed": 5,
        },
    ),
    "check": (
        "spikeff.pipeline.fidelity.check:check",
        "check r --samples 2 --data d --split train --bits 5 --spikes s --expected e",
        {
            "run": "r",
            "samples": 2,
            "data": "d",
            "split": "train",
            "bits": 5,
            "spikes": "s",
            "expected": "e",
        },
    ),
    "export": (
        "spikeff.pipeline.compile.export:export",
        "export r --out o --bits 5 --data d --chip loihi2 --board b --readout chip "
        "--period power-of-two",
        {
            "run": "r",
            "out": "o",
            "bits": 5,
            "data": "d",
            "chip": "loihi2",
            "board": "b",
            "readout": "chip",
            "period": "power-of-two",
        },
    ),
    "run": (
        "spikeff.pipeline.run.run:run",
        "run f --target t --samples 2 --data d --split train --spikes s --out o.csv --shuffle "
        "--seed 3 --keep-spikes --device cuda:1 "
        "--ray a",
        {
            "device": None,
            "on": "cuda:1",
            "ray": "a",
            "file": "f",
            "target": "t",
            "samples": 2,
            "data": "d",
            "split": "train",
            "spikes": "s",
            "out": "o.csv",
            "shuffle": True,
            "seed": 3,
            "keep_spikes": True,
        },
    ),
    "capacity": (
        "spikeff.pipeline.capacity:capacity",
        "capacity f --chip loihi2 --board b --data d",
        {"file": "f", "chip": "loihi2", "board": "b", "data": "d"},
    ),
    "energy": (
        "spikeff.pipeline.energy.estimate:energy",
        "energy f --samples 2 --data d --split train --table a --table b --compare ann "
        "--sanafe n --spikes s --board b",
        {
            "board": "b",
            "file": "f",
            "samples": 2,
            "data": "d",
            "split": "train",
            "tables": ["a", "b"],
            "compare": ["ann"],
            "sanafe": "n",
            "spikes": "s",
        },
    ),
    "report": (
        "spikeff.pipeline.report.report:report",
        "report r --out o --data d --samples 2 --check 3 --bits 5 --table a --spikes s",
        {
            "run": "r",
            "out": "o",
            "data": "d",
            "samples": 2,
            "check_samples": 3,
            "bits": 5,
            "tables": ["a"],
            "spikes": "s",
        },
    ),
    "bundle": (
        "spikeff.pipeline.board_job.bundle:bundle",
        "bundle f --out o --samples 2 --data d --split train --spikes s",
        {"file": "f", "out": "o", "samples": 2, "data": "d", "split": "train", "spikes": "s"},
    ),
    "to-nir": (
        "spikeff.pipeline.compile.nir:to_nir",
        "to-nir r --out o",
        {"source": "r", "out": "o"},
    ),
    "from-nir": (
        "spikeff.pipeline.compile.nir:from_nir",
        "from-nir f --out o --bits 5 --dt 0.5 --steps 2 --spikes s --chip loihi2 --unit-jumps "
        "--board b --reset subtract --output n --readout first-spike --expected e --input currents "
        "--currents-as bias --input-bits 5",
        {
            "file": "f",
            "out": "o",
            "bits": 5,
            "dt": 0.5,
            "steps": 2,
            "spikes": "s",
            "chip": "loihi2",
            "board": "b",
            "unit_jumps": True,
            "reset": "subtract",
            "output": "n",
            "readout": "first-spike",
            "expected": "e",
            "given": "currents",
            "currents_as": "bias",
            "input_bits": 5,
        },
    ),
    "from-netx": (
        "spikeff.pipeline.compile.netx:from_netx",
        "from-netx f --out o --steps 2 --chip loihi2 --board b --currents-as bias",
        {
            "file": "f",
            "out": "o",
            "steps": 2,
            "chip": "loihi2",
            "board": "b",
            "currents_as": "bias",
        },
    ),
    "data": (
        "spikeff.pipeline.data:fetch_data",
        "data n --out o --from f --download --steps 2 --seconds 0.5 --bin 0.1 --pool 3 "
        "--samples 4 --stream",
        {
            "name": "n",
            "out": "o",
            "source": "f",
            "download": True,
            "steps": 2,
            "seconds": 0.5,
            "bin_seconds": 0.1,
            "pool": 3,
            "samples": 4,
            "stream": True,
        },
    ),
    "tune": (
        "spikeff.pipeline.search.tune:tune",
        "tune --out o --preset p --config c --space s --trials 2 --data d --epochs 3 "
        "--samples 4 --validation 0.5 --bits 5 --chip loihi2 --seed 6 --device cuda:1 "
        "--resume --overwrite --ray a",
        {
            "ray": "a",
            "out": "o",
            "preset": "p",
            "config": "c",
            "space": "s",
            "trials": 2,
            "data": "d",
            "epochs": 3,
            "samples": 4,
            "validation": 0.5,
            "bits": 5,
            "chip": "loihi2",
            "seed": 6,
            "device": "cuda:1",
            "resume": True,
            "overwrite": True,
        },
    ),
    "distil": (
        "spikeff.pipeline.on_chip.distil:distil",
        "distil t --out o --preset p --config c --data d --epochs 2 --seed 3 --students 4 "
        "--mismatch 0.1 --dead 0.2 --noise 5 --device-seed 6",
        {
            "teacher": "t",
            "out": "o",
            "preset": "p",
            "config": "c",
            "data": "d",
            "epochs": 2,
            "seed": 3,
            "students": 4,
            "device": {"seed": 6, "mismatch": 0.1, "dead": 0.2, "noise": 5.0},
        },
    ),
    "demo": (
        "spikeff.pipeline.demo:main_job",
        "demo --out o --preset p --data d --epochs 2 --seed 3",
        {"out": "o", "preset": "p", "data": "d", "epochs": 2, "seed": 3, "overwrite": False},
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_options_reach_their_parameters(name, session_cli, monkeypatch):
    place, line, wanted = LINES[name]
    module, function = place.split(":")
    signature = inspect.signature(getattr(importlib.import_module(module), function))
    reached = []

    def step(*arguments, **keywords):
        reached.append(signature.bind(*arguments, **keywords).arguments)
        raise SystemExit(0)

    monkeypatch.setattr(f"{module}.{function}", step)
    code, _, err = session_cli(*line.split())
    assert code == 0, err
    (arguments,) = reached
    found = {k: str(v) if isinstance(v, Path) else v for k, v in arguments.items()}
    assert {k: v for k, v in found.items() if k not in HOW} == wanted


def test_every_command_that_takes_options_is_tried():
    assert COMMANDS.keys() - LINES.keys() == {"targets", "zoo", "tables", "presets"}
