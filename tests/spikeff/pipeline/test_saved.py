"""What a name on disk is, and the way out where it is nothing that can be used."""

import numpy as np
import pytest
import torch

from lava_export.nir.export import description_graph
from lava_export.nir.file import write_nir
from spikeff.errors import FileFormatError, UnknownNameError
from spikeff.ir.io.description import save_description
from spikeff.ir.io.sealed import kind_of_file, save_sealed
from spikeff.pipeline.saved import DESCRIPTION, INTEGERS, RUN, saved
from spikeff.training.checkpoint import start_run
from spikeff.training.run_folder import CHECKPOINT
from tests.networks.given import description


@pytest.fixture
def run(tmp_path, small_config, make_trainer):
    trainer = make_trainer(small_config(layers=[20]))
    start_run(tmp_path / "run", trainer, [])
    return tmp_path / "run"


@pytest.fixture
def floats(tmp_path):
    save_description(tmp_path / "floats", description())
    return tmp_path / "floats"


def test_a_run_gives_its_model_and_floats(run):
    found = saved(run)
    assert (found.kind, found.path, found.name) == (RUN, run, str(run))
    assert found.model(torch.device("cpu")).network.hidden == 20
    assert found.description().sizes["layer1"] == 20


def test_the_zoo_and_a_file_give_integers():
    found = saved("zoo:digits")
    assert found.kind == INTEGERS
    assert found.network().readout.classes == 10
    assert saved(found.path).kind == INTEGERS


def test_a_description_gives_floats(floats):
    found = saved(str(floats))
    assert found.kind == DESCRIPTION
    assert found.description().sizes["layer1"] == 20


def test_the_kind_is_told_by_the_header_alone(floats):
    """What comes after the header may be damaged: whoever reads it says so."""
    whole = floats.read_bytes()
    floats.write_bytes(whole[:-3] + bytes(255 - byte for byte in whole[-3:]))
    assert saved(floats).kind == DESCRIPTION
    with pytest.raises(FileFormatError, match="is damaged"):
        saved(floats).description()


def test_what_is_not_held_is_said_with_the_next_step(run, floats):
    with pytest.raises(FileFormatError, match=f"`spikeff export {run} --out FILE`"):
        saved(run).network()
    with pytest.raises(FileFormatError, match="export_description"):
        saved(floats).network()
    for name in (floats, "zoo:digits"):
        with pytest.raises(FileFormatError, match="what `spikeff train` wrote"):
            saved(name).model()
    with pytest.raises(FileFormatError, match="the run directory that it was exported from"):
        saved("zoo:digits").description()


def nothing(folder):
    pass


def a_folder(folder):
    (folder / "x").mkdir()


def nir(folder):
    write_nir(folder / "x", description_graph(description())[0])


def arrays(folder):
    with open(folder / "x", "wb") as handle:
        np.savez(handle, spikes=np.zeros(3))


def foreign(folder):
    (folder / "x").write_text("weights")


def foreign_kind(folder):
    save_sealed(folder / "x", "recipe", 1, {}, {"a": np.zeros(1)})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (nothing, r"no file of that name exists\. Make a run with .*zoo:digits"),
        (a_folder, "holds no checkpoint"),
        (nir, "`spikeff from-nir .*x --out FILE`"),
        (arrays, "not a network"),
        (foreign, "foreign or damaged"),
        (foreign_kind, "holds a 'recipe'"),
    ],
)
def test_other_files_are_named(make, message, tmp_path):
    make(tmp_path)
    with pytest.raises(FileFormatError, match=message):
        saved(tmp_path / "x")


def test_names_of_networks_presets_and_configurations_are_led_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileFormatError, match=r"'zoo:digits'.*--preset digits --out DIR"):
        saved("digits")
    with pytest.raises(FileFormatError, match="--preset mnist-hybrid --out DIR") as said:
        saved("mnist-hybrid")
    assert "zoo:" not in str(said.value)
    with pytest.raises(UnknownNameError, match="Did you mean 'digits'"):
        saved("zoo:digit")
    (tmp_path / "own.toml").write_text("seed = 1")
    with pytest.raises(FileFormatError, match=r"`spikeff train --config own\.toml --out DIR`"):
        saved("own.toml")


def test_the_file_of_a_checkpoint_stands_for_its_run(run):
    assert saved(run / CHECKPOINT).is_run
    assert saved(run / CHECKPOINT).model().config == saved(run).model().config
    assert kind_of_file(run / CHECKPOINT) == "spikeff-checkpoint"
