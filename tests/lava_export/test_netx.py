"""Files of lava-dl's netx: integers as they are, spikes as its own processes have them.

The reference here is written from what lava-dl's documentation says of its layers: loops over
neurons, without any code of ours.
"""

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct
from lava_export.netx.file import read_netx
from lava_export.netx.importer import import_netx
from spikeff.data.encoders import encode
from spikeff.errors import DescriptionError, FileFormatError, LimitError, UnknownNameError
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import compare_traces
from tests.networks.netx_files import CUBA, conv, dense, pool, write_netx
from tests.paths import NETX_FILES

STEPS = 12


def cuba(drive, constants, bias=0):
    """Spikes bool (steps, neurons) of Loihi's neuron, from integers (steps, neurons)."""
    u = np.zeros(drive.shape[1], np.int64)
    v, spikes = u.copy(), []
    for a in drive.astype(np.int64):
        u = np.sign(u) * (np.abs(u) * (4096 - constants["iDecay"]) // 4096) + a * 64
        v = np.sign(v) * (np.abs(v) * (4096 - constants["vDecay"]) // 4096) + u + bias * 64
        z = v > constants["vThMant"] * 64
        v[z] = 0
        spikes.append(z)
    return np.array(spikes)


def imported(path, layers, currents_as=None, **options):
    file = read_netx(write_netx(path / "net", layers, **options))
    return import_netx(file, currents_as=currents_as)


def run(network, spikes):
    """Spikes of every population for one sample, (steps, neurons)."""
    trace = emulator.run(network, spikes[:, np.newaxis]).trace.window(network.steps)
    return {name: z[:, 0] for name, z in trace.spikes.items()}


def even(rng, shape, reach=60):
    return 2 * rng.integers(-reach, reach, shape)


def drawn(seed, channels, share=0.3):
    rng = np.random.default_rng(seed)
    return rng, rng.random((STEPS, channels)) < share


def test_dense_layers_with_bias_spike_as_their_equations_say(tmp_path):
    rng, z = drawn(1, 9)
    first, second, bias = even(rng, (7, 9)), even(rng, (4, 7)), rng.integers(-20, 20, 7)
    other = CUBA | {"type": "LOIHI", "iDecay": 4096, "vDecay": 1024, "vThMant": 30}
    found = imported(tmp_path, [dense(first, CUBA, bias=bias * 1.0), dense(second, other)])
    ours = run(found.network, z)
    expected = cuba(z @ first.T, CUBA, bias)
    assert expected.any()
    assert np.array_equal(ours["layer0"], expected)
    behind = cuba(expected @ second.T, other)
    assert behind.any()
    assert np.array_equal(ours["layer1"], behind)
    assert np.array_equal(found.network.connections[0].weights, first)
    assert [g.grade for g in found.grades] == ["exact"]
    constants = [(p.du, p.dv, p.vth) for p in found.network.populations]
    assert constants == [(1023, 256, 80), (4095, 1024, 30)]


def test_odd_weights_of_both_signs_stay_what_they_are(tmp_path):
    rng, z = drawn(2, 9)
    weights = rng.integers(-255, 256, (7, 9))
    network = imported(tmp_path, [dense(weights, CUBA)]).network
    assert sum(c.weights.astype(int) for c in network.connections).tolist() == weights.tolist()
    assert {c.sign_mode for c in network.connections} == {"excitatory", "inhibitory"}
    assert np.array_equal(run(network, z)["layer0"], cuba(z @ weights.T, CUBA))
    for low in (-3, -2):
        with pytest.raises(LimitError, match=f"weights from {low} to 256"):
            imported(tmp_path, [dense([[256, low]], CUBA)])


def test_recurrent_spikes_come_back_one_step_later(tmp_path):
    rng, z = drawn(3, 6)
    weights, back = even(rng, (5, 6)), even(rng, (5, 5))
    layer = dense(weights, CUBA, weight_rec=back * 1.0) | {"type": "dense_rec"}
    network = imported(tmp_path, [layer]).network
    u, v, last = np.zeros(5, np.int64), np.zeros(5, np.int64), np.zeros(5, bool)
    expected = []
    for row in z:
        u = np.sign(u) * (np.abs(u) * 3072 // 4096) + 64 * (weights @ row + back @ last)
        v = np.sign(v) * (np.abs(v) * 3840 // 4096) + u
        last = v > 80 * 64
        v[last] = 0
        expected.append(last)
    assert np.array(expected).any()
    assert np.array_equal(run(network, z)["layer0"], expected)
    assert network.idle_steps == 1
    samples = np.stack([z, z[::-1], z], axis=1)
    again = emulator.run(network, samples).trace.window(STEPS).spikes["layer0"]
    assert np.array_equal(again[:, 2], expected), "nothing may linger from sample to sample"


@pytest.mark.parametrize("axis", [0, 1])
def test_delays_of_neurons_or_of_inputs(tmp_path, axis):
    rng, z = drawn(4, 6)
    weights = even(rng, (5, 6))
    delays = rng.integers(0, 5, weights.shape[axis]) + 0.7  # slayer floors them
    network = imported(tmp_path, [dense(weights, CUBA, delay=delays)]).network
    drive = np.zeros((STEPS, 5), np.int64)
    for t in range(STEPS):
        for i, j in np.ndindex(weights.shape):
            late = int(delays[(i, j)[axis]])
            drive[t, i] += weights[i, j] * z[t - late, j] if t >= late else 0
    assert np.array_equal(run(network, z)["layer0"], cuba(drive, CUBA))


def test_delays_end_where_a_synapse_can_wait_no_longer(tmp_path):
    layer = dense(np.full((2, 3), 2), CUBA, delay=np.array([-1.0, 100.0]))
    assert {c.delay for c in imported(tmp_path, [layer]).network.connections} == {0, 62}


def test_delays_behind_a_layer_hold_it_silent_between_samples(tmp_path):
    rng, z = drawn(5, 6, 0.6)
    late = np.full(4, 3.0)
    layers = [dense(np.abs(even(rng, (5, 6))), CUBA), dense(even(rng, (4, 5)), CUBA, delay=late)]
    network = imported(tmp_path, layers).network
    assert network.idle_steps == 3
    alone = run(network, z)
    trains = emulator.run(network, np.stack([z, z], axis=1)).trace.window(STEPS).spikes
    assert alone["layer0"].sum() > 20
    assert np.array_equal(trains["layer1"][:, 1], alone["layer1"])


def test_a_bias_wakes_no_neuron_that_is_held_silent(tmp_path):
    late = np.full(4, 3.0)
    layers = [
        dense(np.full((5, 6), 2), CUBA, bias=np.full(5, 4000.0)),
        dense(np.full((4, 5), 2), CUBA, delay=late),
    ]
    network = imported(tmp_path, layers).network
    silent = np.zeros((STEPS, 2, 6), bool)
    spikes = emulator.run(network, silent).trace.spikes["layer0"]
    assert spikes[:STEPS].all()
    assert not spikes[STEPS:].any()


def correlated(spikes, kernels, grid, stride, padding, groups=1):
    """Drive (steps, neurons) of a convolution, by loops."""
    out, channels, *kernel = kernels.shape
    padded = np.pad(spikes.reshape(-1, *grid), ((0, 0), (0, 0), *((p, p) for p in padding)))
    rows, columns = ((n + 2 * p - k) // s + 1 for n, p, k, s in
                     zip(grid[1:], padding, kernel, stride, strict=True))  # fmt: skip
    drive = np.zeros((len(padded), out, rows, columns), np.int64)
    for o, y, x in np.ndindex(out, rows, columns):
        first = o // (out // groups) * channels
        top, left = y * stride[0], x * stride[1]
        patch = padded[:, first : first + channels, top : top + kernel[0], left : left + kernel[1]]
        drive[:, o, y, x] = (patch * kernels[o]).sum(axis=(1, 2, 3))
    return drive.reshape(len(padded), -1)


def test_convolution_pooling_flatten_and_groups(tmp_path):
    rng, z = drawn(6, 2 * 6 * 7)
    first, grouped = even(rng, (4, 2, 3, 2)), even(rng, (4, 2, 2, 2))
    bias = rng.integers(-9, 9, 4)
    stride, padding = np.array([1, 2]), np.array([1, 0])
    layers = [
        {"type": "input", "shape": np.array([2, 6, 7])},
        conv(first, (4, 6, 3), bias=bias * 1.0, stride=stride, padding=padding),
        pool(34, (4, 3, 1), CUBA | {"vThMant": 20}),
        {"type": "flatten", "shape": np.array([12, 1, 1])},
    ]
    with pytest.raises(DescriptionError, match=r"shape \(4, 3, 1\) in the file, and \(4, 5, 6\)"):
        imported(tmp_path, [*layers[:1], conv(grouped[:, :2], (4, 3, 1))])
    layers[2] = pool(34, (4, 3, 2), CUBA | {"vThMant": 20}, padding=np.array([0, 1]))
    layers[3] = conv(grouped, (4, 2, 1), groups=2)
    layers += [{"type": "flatten", "shape": np.array([8, 1, 1])}, dense(even(rng, (3, 8)), CUBA)]
    network = imported(tmp_path, layers).network
    ours = run(network, z)
    expected = cuba(correlated(z, first, (2, 6, 7), stride, padding), CUBA, np.repeat(bias, 18))
    assert np.array_equal(ours["layer1"], expected)
    summed = correlated(expected, np.full((4, 1, 2, 2), 34), (4, 6, 3), (2, 2), (0, 1), groups=4)
    expected = cuba(summed, CUBA | {"vThMant": 20})
    assert np.array_equal(ours["layer2"], expected)
    expected = cuba(correlated(expected, grouped, (4, 3, 2), (1, 1), (0, 0), groups=2), CUBA)
    assert np.array_equal(ours["layer3"], expected)
    expected = cuba(expected @ layers[5]["weight"].astype(int).T, CUBA)
    assert expected.any()
    assert np.array_equal(ours["layer5"], expected)
    assert [c.connectivity.name for c in network.connections] == [
        "conv2d",
        "sum_pool2d",
        "conv2d",
        "dense",
    ]


def test_pooling_with_weights_that_differ_is_a_convolution_of_each_channel(tmp_path):
    _, z = drawn(7, 2 * 4 * 4)
    weights = np.array([[10, 20], [30, -40]])
    layers = [{"type": "input", "shape": np.array([2, 4, 4])}, pool(weights, (2, 2, 2))]
    drive = correlated(z, np.stack([weights[None]] * 2), (2, 4, 4), (2, 2), (0, 0), groups=2)
    found = run(imported(tmp_path, layers).network, z)
    assert np.array_equal(found["layer1"], cuba(drive, CUBA))


def test_kernels_may_be_dilated(tmp_path):
    rng, z = drawn(10, 6 * 7)
    kernels = even(rng, (3, 1, 2, 3))
    apart = np.zeros((3, 1, 4, 5), int)
    apart[:, :, ::3, ::2] = kernels
    layers = [
        {"type": "input", "shape": np.array([1, 6, 7])},
        conv(kernels, (3, 3, 3), dilation=np.array([3, 2])),
    ]
    drive = correlated(z, apart, (1, 6, 7), (1, 1), (0, 0))
    expected = cuba(drive, CUBA)
    assert expected.any()
    assert np.array_equal(run(imported(tmp_path, layers).network, z)["layer1"], expected)


def test_patches_of_a_pooling_without_a_stride_lie_side_by_side(tmp_path):
    pooled = pool(34, (2, 2, 3))
    del pooled["stride"]
    network = imported(tmp_path, [{"type": "input", "shape": np.array([2, 4, 6])}, pooled]).network
    assert network.connections[0].connectivity.stride == (2, 2)


def test_graded_input_is_given_bit_by_bit(tmp_path):
    """lava-dl gives its input neurons weight * x + bias as their bias; samples here are that."""
    neuron = CUBA | {"iDecay": 4096, "vThMant": 200}
    layers = [
        {"type": "input", "shape": np.array([1, 2, 3]), "weight": np.array([76.0]), "bias": 64.0}
        | {"neuron": neuron},
        {"type": "flatten", "shape": np.array([6, 1, 1])},
        dense(np.full((2, 6), 20), CUBA),
    ]
    found = imported(tmp_path, layers)
    levels = np.array([[0, 1, 64, 140, 200, 255]], np.uint8)
    code = found.network.input
    z = encode(code.encoder, levels, STEPS, code.threshold)
    assert z.shape == (STEPS, 1, 8 * 6)
    expected = cuba(np.repeat(levels, STEPS, axis=0), neuron)
    assert expected.sum(axis=0).tolist()[0] == 0
    assert expected.any()
    assert np.array_equal(run(found.network, z[:, 0])["layer0"], expected)
    assert "76 * x + 64" in found.grades[1].reason
    written = imported(tmp_path, layers, currents_as="bias").network
    assert not [c for c in written.connections if c.source == "input"]
    assert np.array_equal(run(written, z[:, 0])["layer0"], expected)
    ours = emulator.run(written, z, True).trace
    assert compare_traces(ours, direct.run_integer(written, z).trace).equal
    with pytest.raises(UnknownNameError, match="planes"):
        imported(tmp_path, layers, currents_as="graded")
    with pytest.raises(DescriptionError, match="takes spikes"):
        imported(tmp_path, [dense(np.full((2, 6), 20), CUBA)], currents_as="bias")


def test_a_last_layer_without_neurons_reads_the_sum_of_its_currents(tmp_path):
    rng, z = drawn(8, 6)
    weights, last = even(rng, (5, 6)), even(rng, (3, 5))
    network = imported(tmp_path, [dense(weights, CUBA), dense(last)]).network
    ours = run(network, z)
    potential = (ours["layer0"] @ last.T).sum(axis=0)
    stacked = {name: t[:, np.newaxis] for name, t in ours.items()}
    assert answers(stacked, network.readout, network.populations)[0] == potential.argmax()
    leaky = CUBA | {"vThMant": 2**18 - 1}
    with pytest.raises(DescriptionError, match=r"layer1: neurons that never spike and leak"):
        imported(tmp_path, [dense(weights, CUBA), dense(last, leaky)])
    with pytest.raises(DescriptionError, match=r"layer2 \(dense\) hears a layer that has no neur"):
        imported(tmp_path, [dense(weights, CUBA), dense(last), dense(np.eye(3) * 2, CUBA)])


def test_averaged_groups_answer_by_their_spikes(tmp_path):
    rng, z = drawn(9, 6, 0.6)
    layers = [dense(even(rng, (6, 6)), CUBA), {"type": "average", "shape": np.array([3, 1, 1])}]
    network = imported(tmp_path, layers).network
    ours = run(network, z)
    counts = ours["layer0"].sum(axis=0).reshape(3, 2).sum(axis=1)
    stacked = {name: t[:, np.newaxis] for name, t in ours.items()}
    assert network.readout.classes == 3
    assert answers(stacked, network.readout, network.populations)[0] == counts.argmax()


@pytest.mark.parametrize(
    ("constants", "words"),
    [
        ({"type": "SDNN"}, "neuron of layer0 'SDNN' is unknown. Choose one of: CUBA, LOIHI"),
        ({"iDecay": 0}, "iDecay = 0; 1 to 4096 are held"),
        ({"vDecay": 4097}, "vDecay = 4097; 0 to 4096"),
        ({"refDelay": 3}, "refDelay = 3"),
        ({"gradedSpike": True}, "gradedSpike = 1"),
        ({"vThMant": 0.5}, "vThMant: whole numbers"),
    ],
)
def test_neurons_that_no_chip_has_are_named(tmp_path, constants, words):
    kinds = (DescriptionError, UnknownNameError, FileFormatError)
    with pytest.raises(kinds, match=words):
        imported(tmp_path, [dense(np.full((2, 3), 2), CUBA | constants)])


def test_a_membrane_that_forgets_all_keeps_a_little_and_says_so(tmp_path):
    neuron = CUBA | {"vDecay": 4096, "wgtExp": 2}
    found = imported(tmp_path, [dense(np.full((2, 3), 2), neuron)])
    assert [(g.item, g.grade) for g in found.grades[1:]] == [
        ("layer0: vDecay", "approximate"),
        ("layer0: wgtExp", "approximate"),
    ]


def test_the_length_of_a_sample_is_the_files_or_asked_for(tmp_path):
    layers = [dense(np.full((2, 3), 2), CUBA)]
    found = imported(tmp_path, layers, times=(2, 20))
    assert (found.network.steps, found.network.dt) == (10, 0.002)
    file = read_netx(write_netx(tmp_path / "net", layers, times=None))
    with pytest.raises(DescriptionError, match="pass --steps N"):
        import_netx(file)
    assert import_netx(file, 7).network.steps == 7
    with pytest.raises(DescriptionError, match="1 to 255"):
        imported(tmp_path, layers, times=(1, 3000))


def test_a_network_of_lava_dl_fires_as_slayer_does():
    """Written by ``docs/how-to/elsewhere/lava_dl_net.py``, lava-dl 0.6.0."""
    kept = read_arrays(NETX_FILES / "lava_dl.npz")
    network = import_netx(read_netx(NETX_FILES / "lava_dl.net")).network
    trace = emulator.run(network, np.moveaxis(kept["spikes"], 0, 1)).trace.window(network.steps)
    assert kept["layer1"].any(axis=(1, 2)).all()
    assert np.array_equal(np.moveaxis(trace.spikes["layer1"], 1, 0), kept["layer1"])
    assert (
        answers(trace.spikes, network.readout, network.populations).tolist()
        == kept["labels"].tolist()
    )
