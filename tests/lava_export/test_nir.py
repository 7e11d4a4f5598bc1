"""NIR there and back, by response; and files that other libraries made."""

import math
from dataclasses import replace
from itertools import pairwise

import nir
import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from lava_export.nir.export import description_graph, integer_graph
from lava_export.nir.file import APPROXIMATE, LEFT_OUT, read_nir, write_nir
from lava_export.nir.importer import import_description
from lava_export.nir.integers import import_integers
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, FileFormatError
from spikeff.ir.network import BLANK
from spikeff.ir.trace import compare_traces
from spikeff.references import norse as norse_reference
from tests.markers import slow_but
from tests.networks import description, integers, random_description, random_inputs
from tests.paths import NIR_FILES

MADE_ELSEWHERE = {
    "snntorch_digits": {"dt": 1e-4},
    "snntorch_synaptic": {"dt": 1e-4},
    "norse_boxes": {"dt": 1e-3},
    "norse_cuba": {"dt": 1e-3, "unit_jumps": True},
}


def through_a_file(graph, tmp_path):
    path = tmp_path / "graph.nir"
    write_nir(path, graph)
    return read_nir(path)


def network(tau_syn, one_spike, seed=0):
    made = random_description(np.random.default_rng(seed), tau_syn=tau_syn, one_spike=one_spike)
    unblanked = tuple(c for c in made.connections if c.source != BLANK)
    return replace(made, connections=unblanked, idle_steps=0)


@pytest.mark.parametrize("tau_syn", [math.inf, 4e-3, 1e-3])
@pytest.mark.parametrize("one_spike", [False, True])
def test_descriptions_respond_as_before(tau_syn, one_spike, tmp_path):
    if one_spike and tau_syn == 1e-3:
        pytest.skip("a current of one step cannot inhibit for longer")
    original = network(tau_syn, one_spike)
    graph, grades = description_graph(original)
    assert not [g for g in grades if g.grade == APPROXIMATE]
    back = import_description(through_a_file(graph, tmp_path)).description
    inputs = random_inputs(np.random.default_rng(1), original.steps, samples=20)
    ours = norse_reference.run(original, inputs).spikes
    theirs = norse_reference.run(back, inputs).spikes
    for name, z in ours.items():
        assert z.sum() > 50
        np.testing.assert_array_equal(z, theirs[name])
    assert back.input == original.input
    assert back.labels == original.labels
    assert back.readout.kind == original.readout.kind
    assert [p.spike_limit for p in back.populations] == [
        p.spike_limit for p in original.populations
    ]


@pytest.mark.parametrize(("bits", "one_spike"), [(8, True), (9, False), (1, False)])
def test_integers_come_back_bit_for_bit(bits, one_spike, tmp_path):
    original = quantize(network(math.inf, one_spike), bits)
    graph, grades = integer_graph(original)
    assert [g.item for g in grades if g.grade == APPROXIMATE] == [
        "rounding of u and v",
        "width of u and v",
    ]
    assert "blanking between samples" in [g.item for g in grades if g.grade == LEFT_OUT] or (
        not one_spike
    )
    back = import_integers(through_a_file(graph, tmp_path))
    inputs = random_inputs(np.random.default_rng(1), original.steps, samples=10)
    before = emulator.run(original, inputs, record_states=True).trace
    assert compare_traces(before, emulator.run(back, inputs, record_states=True).trace).equal


def test_others_read_our_integers_as_nearly_the_same_network(tmp_path):
    """The nodes alone, without our metadata: rounding is all that is lost."""
    original = quantize(description(seed=3, tau_syn=4e-3, labels=None))
    graph, _ = integer_graph(original)
    graph = through_a_file(graph, tmp_path)
    graph.metadata = {}
    read = import_description(graph, dt=1e-3, steps=6).description
    inputs = np.random.default_rng(1).random((6, 50, 15)) < 0.3
    floats = norse_reference.run(read, inputs).spikes["layer1"]
    ints = emulator.run(original, inputs).trace.spikes["layer1"]
    assert ints.sum() > 500
    assert (floats != ints).sum() < 0.01 * ints.sum()


def turned(graph):
    weights = graph.nodes["synapses_0"].weight
    place = tuple(np.argwhere(weights != 0)[0])
    weights[place] = -weights[place]


def raised(graph):
    graph.nodes["layer1"].v_threshold[3] *= 1 + 1e-6


def loosened(graph):
    graph.edges.remove(("layer1", "output_layer1"))


def extended(graph):
    graph.nodes["more"] = nir.Scale(np.ones(3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (turned, "weights in the NIR graph are not those exported"),
        (raised, "node 'layer1' is not what the integers"),
        (loosened, "edge 'layer1' -> 'output_layer1' was added or is missing"),
        (extended, "node 'more' was added or is missing"),
    ],
)
def test_integers_whose_nodes_were_changed_are_refused(change, message, tmp_path):
    graph, _ = integer_graph(quantize(description(seed=3)))
    graph = through_a_file(graph, tmp_path)
    assert import_integers(graph).populations
    change(graph)
    with pytest.raises(FileFormatError, match=message):
        import_integers(graph)


def test_descriptions_are_no_integers():
    with pytest.raises(FileFormatError, match="no integers of spikeff"):
        import_integers(description_graph(description())[0])


def test_populations_may_be_called_like_other_nodes(tmp_path):
    """The names of synapses, delays, currents and outputs give way."""
    names = ["synapses_0", "output_synapses_0", "synapses_0_current"]
    made = random_description(np.random.default_rng(0), (3, 4, 5), tau_syn=math.inf)
    new = dict(zip([p.name for p in made.populations], names, strict=True))
    made = replace(
        made,
        populations=tuple(replace(p, name=new[p.name]) for p in made.populations),
        connections=tuple(
            replace(c, source=new.get(c.source, c.source), target=new[c.target])
            for c in made.connections
            if c.source != BLANK
        ),
        readout=replace(made.readout, populations=tuple(new[p] for p in made.readout.populations)),
    )
    back = import_description(through_a_file(description_graph(made)[0], tmp_path)).description
    inputs = random_inputs(np.random.default_rng(1), made.steps, samples=5)
    ours, theirs = (norse_reference.run(d, inputs).spikes for d in (made, back))
    for name in names:
        np.testing.assert_array_equal(ours[name], theirs[name])
    integers_ = quantize(made)
    again = import_integers(through_a_file(integer_graph(integers_)[0], tmp_path))
    for one, other in zip(integers_.connections, again.connections, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)


def test_names_that_hdf5_has_not_are_refused(tmp_path):
    graph = chain(lif())
    graph.nodes["a/b"] = graph.nodes.pop("lif")
    with pytest.raises(FileFormatError, match="'a/b': no such name in HDF5"):
        write_nir(tmp_path / "graph.nir", graph)


def test_an_integrator_without_leak_and_bias_has_no_node():
    (population,) = integers([[4, 0], [0, 4]]).populations
    made = integers([[4, 0], [0, 4]])
    assert integer_graph(replace(made, populations=(replace(population, dv=0),)))[0]
    biased = replace(population, dv=0, bias_mant=np.array([1, 0]))
    with pytest.raises(DescriptionError, match="'layer1': a bias without any leak"):
        integer_graph(replace(made, populations=(biased,)))


def made_elsewhere(name):
    read = import_description(read_nir(NIR_FILES / f"{name}.nir"), steps=10, **MADE_ELSEWHERE[name])
    with np.load(NIR_FILES / f"{name}.npz") as arrays:
        return read.description, dict(arrays)


@pytest.mark.parametrize("name", MADE_ELSEWHERE)
def test_networks_of_other_libraries_spike_as_there(name):
    """float64 here, float32 there: a potential within rounding of its threshold may differ."""
    read, arrays = made_elsewhere(name)
    inputs = arrays["spikes"].transpose(1, 0, 2)
    ours = norse_reference.run(read, inputs).spikes
    for population in read.populations:
        theirs = arrays[population.name].transpose(1, 0, 2)
        assert theirs.sum() > 20
        assert (ours[population.name] != theirs).sum() <= 0.001 * theirs.sum()


@pytest.mark.parametrize("name", slow_but(["snntorch_digits", "norse_cuba"], "norse_cuba"))
def test_networks_of_other_libraries_reach_the_chip(name):
    """Quantise, emulator, Lava."""
    read, arrays = made_elsewhere(name)
    inputs = arrays["spikes"].transpose(1, 0, 2)
    made = quantize(read, 8)
    trace = emulator.run(made, inputs, record_states=True).trace
    few = inputs[:, :4]
    lava = lava_cpu.run_integer(made, few, record_states=True).trace
    assert compare_traces(emulator.run(made, few, record_states=True).trace, lava).equal
    last = read.readout.populations[0]
    theirs = arrays[last].transpose(1, 0, 2)
    assert (trace.spikes[last] != theirs).sum() < 0.1 * theirs.sum()
    if "labels" in arrays:
        right = (trace.spikes[last].sum(0).argmax(1) == arrays["labels"]).mean()
        assert right > 0.85


def chain(neuron, *before, size=3):
    """Input, a matrix, whatever comes ``before``, the neuron, output."""
    nodes = {"input": nir.Input(np.array([2])), "w": nir.Linear(np.full((size, 2), 0.5))}
    nodes |= {f"n{k}": node for k, node in enumerate(before)}
    nodes |= {"lif": neuron, "output": nir.Output(np.array([size]))}
    names = list(nodes)
    return nir.NIRGraph(nodes, list(pairwise(names)), metadata={}, type_check=False)


def lif(**changes):
    each = np.ones(3)
    fields = {"tau": 5e-3 * each, "r": each, "v_leak": 0 * each, "v_threshold": each}
    return nir.LIF(**(fields | changes))


def test_gains_and_thresholds_are_folded_into_the_weights():
    node = lif(r=np.array([1.0, 2, 3]), v_threshold=np.array([1.0, 4, 0.5]))
    (connection,) = import_description(chain(node), 1e-3, 5).description.connections
    np.testing.assert_allclose(connection.weights[:, 0], 0.5 * np.array([1, 0.5, 6]))


def test_feedback_delays_and_biases():
    each = np.ones(3)
    graph = chain(lif(), nir.Affine(np.eye(3), 0.25 * each), nir.Delay(2e-3 * each))
    graph.nodes["rec"] = nir.Linear(np.eye(3))
    graph.edges += [("lif", "rec"), ("rec", "lif")]
    read = import_description(graph, 1e-3, 5)
    assert {(c.source, c.delay) for c in read.description.connections} == {
        ("input", 2),
        ("lif", 1),
        ("every_step", 2),
    }
    assert [g.item for g in read.grades if g.grade == APPROXIMATE] == ["lif->lif: feedback"]


def test_graphs_inside_a_graph_are_taken_apart():
    inner = nir.NIRGraph(
        {
            "input": nir.Input(np.array([3])),
            "lif": lif(),
            "rec": nir.Linear(-np.eye(3)),
            "output": nir.Output(np.array([3])),
        },
        [("input", "lif"), ("lif", "rec"), ("rec", "lif"), ("lif", "output")],
        metadata={},
    )
    graph = chain(inner)
    graph.edges = [("input", "w"), ("w", "lif"), ("lif", "output")]
    alone = import_description(graph, 1e-3, 5).description
    assert (alone.readout.populations, alone.readout.classes) == (("lif.lif",), 3)
    graph.nodes["last"], graph.nodes["w2"] = lif(), nir.Linear(np.eye(3))
    graph.edges = [("input", "w"), ("w", "lif"), ("lif", "w2"), ("w2", "last"), ("last", "output")]
    read = import_description(graph, 1e-3, 5).description
    assert [p.name for p in read.populations] == ["lif.lif", "last"]
    assert {(c.source, c.target, c.delay) for c in read.connections} == {
        ("input", "lif.lif", 0),
        ("lif.lif", "lif.lif", 1),
        ("lif.lif", "last", 0),
    }


EACH = np.ones(3)
CONV = nir.Conv2d((4, 4), np.ones((1, 1, 2, 2)), 1, 0, 1, 1, np.zeros(1))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (lambda: chain(lif(), CONV), "'w' -> 'n0': 3 channels meet 16"),
        (lambda: chain(lif(v_threshold=0 * EACH)), r"'lif': v_threshold = 0\.0; it must be > v_"),
        (lambda: chain(lif(v_reset=EACH)), r"'lif': v_threshold = 1\.0; it must be > v_reset, 1"),
        (lambda: chain(lif(tau=np.array([1.0, -2, 3]))), "'lif': tau_mem from -2 to 3"),
        (lambda: chain(lif(tau=1e-5 * EACH)), "'lif': time constants tau_mem = 1e-05"),
        (lambda: chain(lif(r=np.nan * EACH)), "'lif' holds a constant that is not finite"),
        (lambda: chain(lif(), nir.Linear(np.full((3, 3), np.inf))), "'n0' holds weights that"),
        (lambda: chain(lif(), nir.Linear(np.ones((3, 4)))), "'w' -> 'n0': 3 channels meet 4"),
        (lambda: chain(nir.LI(tau=EACH, r=EACH, v_leak=EACH)), "0 populations of LIF"),
        (lambda: chain(lif(), nir.Delay(np.array([1e-3, -1e-3, 2e-3]))), "delay -0.001 s"),
    ],
)
def test_what_a_chip_cannot_be_given_is_refused_by_name(graph, message):
    with pytest.raises(DescriptionError, match=message):
        import_description(graph(), 1e-3, 5)


def test_files_need_a_time_step_and_must_be_whole(tmp_path):
    with pytest.raises(DescriptionError, match="pass --dt SECONDS and --steps N"):
        import_description(chain(lif()))
    path = tmp_path / "graph.nir"
    with pytest.raises(FileFormatError, match="does not exist"):
        read_nir(path)
    write_nir(path, chain(lif()))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FileFormatError, match="is not a readable NIR file"):
        read_nir(path)
