import json
from dataclasses import replace

import nir
import numpy as np
import pytest

import spikeff
from lava_export.chips.boards import BOARDS, Board, register_board
from lava_export.chips.catalogue import CHIPS
from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.mapping.capacity import cores_of
from lava_export.nir.readout import most_spikes
from spikeff.errors import ConfigError, LimitError, UnknownNameError
from tests.networks import integers
from tests.networks.netx_files import CUBA, dense, write_netx
from tests.registries import registries_kept


def saved(path, network):
    save_integer_network(path, network)
    return path


def of_spikes(network):
    last = network.populations[-1]
    code = replace(network.input, encoder="spikes")
    return replace(network, input=code, readout=most_spikes(last.name, last.size), dataset="")


def test_the_chip_of_the_file_unless_another_is_asked_for(tmp_path):
    file = saved(tmp_path / "net", integers(np.full((1500, 4), 2)))
    assert load_integer_network(file).chip == ""
    assert spikeff.capacity(file).chip == "loihi1"
    assert spikeff.capacity(file).cores == 2
    own = saved(tmp_path / "own", replace(load_integer_network(file), chip="loihi2"))
    assert load_integer_network(own).chip == "loihi2"
    assert (spikeff.capacity(own).chip, spikeff.capacity(own).cores) == ("loihi2", 1)
    assert spikeff.capacity(own, chip="loihi1").cores == 2
    assert spikeff.capacity(own, board="nahuku-8").chip == "loihi1"
    with pytest.raises(UnknownNameError, match="loihi2"):
        spikeff.capacity(own, chip="loihi9")
    with pytest.raises(ConfigError, match="kind loihi2"):
        spikeff.capacity(own, chip="loihi1", board="kapoho-point")


def test_every_figure_of_a_small_network(tmp_path):
    file = saved(
        tmp_path / "net", integers(np.full((1500, 4), 2), depth_weights=[np.full((3, 1500), 2)])
    )
    report = spikeff.capacity(file, board="kapoho-bay")
    assert (report.board, report.chips, report.chips_used, report.cores_per_chip) == (
        "kapoho-bay",
        2,
        1,
        128,
    )
    first, second = report.populations
    assert (first.name, first.neurons, first.cores, first.binding) == ("layer1", 1500, 2, "neurons")
    assert (first.output_axons, second.input_axons, second.output_axons) == (750, 1500, 0)
    assert first.chips == second.chips == (0,)
    assert (report.cores_on_chip, report.axons, report.axons_between_chips) == ((3,), ((1500,),), 0)


def test_a_network_of_several_chips(tmp_path, monkeypatch):
    pytest.importorskip("pymetis")
    monkeypatch.setitem(CHIPS, "tiny", replace(CHIPS["loihi1"], name="tiny", cores=2, neurons=2))
    network = integers(np.full((4, 3), 2), depth_weights=[np.full((3, 4), 2)])
    file = saved(tmp_path / "net", replace(network, chip="tiny"))
    with registries_kept():
        register_board(Board("pair", "tiny", 2, "here"))
        report = spikeff.capacity(file, board="pair")
        with pytest.raises(LimitError, match=r"needs 4 cores, a tiny chip has 2.*board of 2 chips"):
            spikeff.capacity(file)
    assert (report.cores, report.chips_used, report.cores_on_chip) == (4, 2, (2, 2))
    # Each of 4 neurons sends to 2 cores behind it, on either chip.
    assert sum(map(sum, report.axons)) == 8
    assert report.axons_between_chips == 8 - sum(row[k] for k, row in enumerate(report.axons))
    assert {chip for p in report.populations for chip in p.chips} == {0, 1}


def test_an_export_keeps_the_name_of_its_chip(tmp_path):
    from spikeff.pipeline.compile.export import export_description
    from tests.networks import random_description

    description = random_description(np.random.default_rng(3))
    out = tmp_path / "net"
    export_description(description, out, 8, None, "loihi2")
    assert load_integer_network(out).chip == "loihi2"
    export_description(description, out, 8, None, "loihi1")
    assert load_integer_network(out).chip == "loihi1"


def from_netx_file(folder, **place):
    file = write_netx(folder / "net", [dense(np.full((4, 3), 2), CUBA)])
    return spikeff.from_netx(file, folder / "out", steps=3, **place).capacity


def from_nir_floats(folder, **place):
    nodes = {
        "input": nir.Input(np.array([3])),
        "w": nir.Linear(np.ones((4, 3))),
        "lif": nir.LIF(*np.array([[0.01], [1.0], [0.0], [1.0]]).repeat(4, 1)),
        "output": nir.Output(np.array([4])),
    }
    graph = nir.NIRGraph(nodes, [("input", "w"), ("w", "lif"), ("lif", "output")])
    nir.write(folder / "net.nir", graph)
    made = spikeff.from_nir(folder / "net.nir", folder / "out", dt=1e-3, steps=3, **place)
    return made.export.populations


def from_nir_integers(folder, **place):
    spikeff.to_nir(saved(folder / "ours", integers(np.full((4, 3), 2))), folder / "net.nir")
    spikeff.from_nir(folder / "net.nir", folder / "out", **place)
    return cores_of(load_integer_network(folder / "out"), CHIPS["loihi1"])


@pytest.mark.parametrize("imported", [from_netx_file, from_nir_floats, from_nir_integers])
def test_a_network_of_another_library_may_outgrow_a_chip(imported, tmp_path, monkeypatch):
    monkeypatch.setitem(CHIPS, "loihi1", replace(CHIPS["loihi1"], cores=1, neurons=2))
    with pytest.raises(LimitError, match=r"needs 2 cores, a loihi1 chip has 1.*--board NAME"):
        imported(tmp_path, board=None)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ConfigError, match="has chips of kind loihi1"):
        imported(tmp_path, chip="loihi2", board="kapoho-bay")
    assert [p.cores for p in imported(tmp_path, board="kapoho-bay")] == [2]
    assert load_integer_network(tmp_path / "out").chip == "loihi1"


def test_the_command_prints_one_object_or_tables(tmp_path, session_cli):
    file = saved(tmp_path / "net", integers(np.full((4, 3), 2)))
    code, out, err = session_cli("capacity", file, "--board", "oheo-gulch", "--json")
    table = json.loads(out)
    assert (code, err) == (0, "")
    assert (table["chip"], table["chips"], table["cores"]) == ("loihi2", 1, 1)
    assert table["populations"][0]["formats"] == {"0: input->layer1": "dense"}
    code, out, _ = session_cli("capacity", file)
    assert code == 0
    assert "on loihi1 (one chip)" in " ".join(out.split())
    assert "1 of 128" in out


def test_energy_counts_messages_between_the_chips_of_a_board(tmp_path, monkeypatch):
    pytest.importorskip("pymetis")
    monkeypatch.setitem(CHIPS, "loihi1", replace(CHIPS["loihi1"], cores=2, neurons=2))
    network = of_spikes(integers(np.full((4, 3), 2), depth_weights=[np.full((3, 4), 2)]))
    file = saved(tmp_path / "net", network)
    spikes = np.random.default_rng(0).random((3, network.steps, 3)) < 0.5
    np.savez(tmp_path / "x.npz", spikes=spikes)
    samples = {"spikes": tmp_path / "x.npz"}
    with pytest.raises(LimitError, match="board of 2 chips"):
        spikeff.energy(file, **samples)
    report = spikeff.energy(file, board="kapoho-bay", **samples)
    assert (report.cores, report.chips) == (4, 2)
    (reading,) = report.readings
    layer1 = next(layer for layer in reading.layers if layer.layer == "layer1")
    assert layer1.messages == 2 * layer1.spikes
    assert 0 <= reading.messages_between_chips <= layer1.messages
    with pytest.raises(ConfigError, match=r"kind loihi2, and no table of loihi1.*--table"):
        spikeff.energy(file, board="oheo-gulch", **samples)


def test_energy_leaves_out_cores_that_take_no_neurons(tmp_path, monkeypatch):
    pytest.importorskip("pymetis")
    monkeypatch.setitem(CHIPS, "loihi1", replace(CHIPS["loihi1"], cores=2, neurons=2))
    monkeypatch.setitem(BOARDS, "half", Board("half", "loihi1", 2, "here", usable_cores=1))
    network = of_spikes(integers(np.full((4, 3), 2)))
    file = saved(tmp_path / "net", network)
    np.savez(tmp_path / "x.npz", spikes=np.ones((1, network.steps, 3), bool))
    report = spikeff.energy(file, board="half", spikes=tmp_path / "x.npz")
    assert (report.cores, report.chips) == (2, 2)


def test_tables_that_need_no_placement_ask_for_none(tmp_path, monkeypatch):
    monkeypatch.setitem(CHIPS, "loihi1", replace(CHIPS["loihi1"], cores=1, neurons=2))
    network = of_spikes(integers(np.full((4, 3), 2)))
    file = saved(tmp_path / "net", network)
    np.savez(tmp_path / "x.npz", spikes=np.ones((3, network.steps, 3), bool))
    report = spikeff.energy(file, tables=["digital45"], spikes=tmp_path / "x.npz")
    assert (report.cores, report.chips) == (None, None)
    assert report.readings[0].messages_between_chips == 0
