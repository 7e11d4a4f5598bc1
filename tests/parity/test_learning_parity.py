"""The learning engine and Lava's LearningDense: w, t, d and traces of every step, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from hw_targets.lava.learning import LavaLearning
from hw_targets.learning.engine import LearningEngine
from spikeff.errors import LimitError
from spikeff.ir.plasticity import Plasticity

TRACES = ("x1", "x2", "y1", "y2", "y3")
SIGNS = {"mixed": (-120, 120), "excitatory": (0, 250), "inhibitory": (-250, 0)}


def random_product(rng, decimation):
    """A product of up to four factors, half of them with a constant, that fits the registers."""
    dependency = str(rng.choice(["x0", "y0", f"u{decimation}"]))
    factors, bits = [], 4
    for name in rng.choice(["x0", "y0", *TRACES, "w", "t", "d"], int(rng.integers(0, 5))):
        name = str(name)
        bits += 1 if name[1:] == "0" else 7 if name in TRACES else 9
        if bits > 31 or (dependency[0] == "u" and name in ("x0", "y0")):
            break
        constant = rng.choice(["", f"+{rng.integers(200)}", f"-{rng.integers(200)}"])
        signed = name in "wtd" and rng.random() < 0.3
        plain = not (constant or signed)  # Lava drops a spike in brackets without a constant
        factors.append(name if plain else f"{'sgn' if signed else ''}({name}{constant})")
    scale = f"{rng.integers(1, 8)} * 2^{rng.integers(-7, 5)}"
    return " * ".join([scale, dependency, *factors])


def random_rule(rng):
    """Two factors or three, one to three rules of one to three products."""
    decimation, three = int(rng.integers(0, 4)), bool(rng.random() < 0.5)
    names = rng.choice(["dw", "dt", "dd"], int(rng.integers(1, 4)), replace=False)
    sums = {
        str(name): " - ".join(
            random_product(rng, decimation) for _ in range(int(rng.integers(1, 4)))
        )
        for name in names
    }
    traces = {}
    for name in TRACES[: 2 if three else 5]:
        traces[f"{name}_impulse"] = float(np.round(rng.uniform(0, 127), int(rng.integers(0, 3))))
        traces[f"{name}_tau"] = float(rng.choice([0, 1.5, 4, 20, 65535]))
    return Plasticity(**sums, **traces, epoch=int(rng.integers(1, 4)), third_factors=three)


def states_of_lava(model):
    traces = [getattr(model, name) for name in TRACES]
    return [model.weights, model.tag_1, model.tag_2, *traces]


def states_of(engine, device):
    synapses = [s[device] for s in (engine.weights, engine.tags, engine.delays)]
    return [*synapses, *engine.x.values[device], *engine.y.values[device]]


def require_equal(seed, steps=16, rule=None):
    rng = np.random.default_rng(seed)
    rule, sign = rule or random_rule(rng), str(rng.choice(list(SIGNS)))
    targets, sources = (int(n) for n in rng.integers(1, 8, 2))
    weights = rng.integers(*SIGNS[sign], (2, targets, sources)) // 2 * 2
    tags, delays = int(rng.integers(-257, 256)), int(rng.integers(0, 256))
    start = {"sign_mode": sign, "tags": tags, "delays": delays}
    engine = LearningEngine(rule, weights, seeds=[seed, seed + 1], **start)
    lava = [LavaLearning(rule, w, seed + k, **start) for k, w in enumerate(weights)]
    for step in range(steps):
        before, after = rng.random((2, sources)) < 0.4, rng.random((2, targets)) < 0.4
        sent = rng.integers(-128, 128, (2, 3, targets)) if rule.third_factors else None
        engine.step(before, after, sent)
        for k, one in enumerate(lava):
            one.step(before[k], after[k], None if sent is None else sent[k])
            pairs = zip(states_of(engine, k), states_of_lava(one.model), strict=True)
            for name, (ours, theirs) in zip(("w", "t", "d", *TRACES), pairs, strict=True):
                np.testing.assert_array_equal(ours, theirs, f"{name}, step {step}, {rule}")
    return rule, (engine.weights != weights).any()


def test_random_rules_change_synapses_as_in_lava():
    found = [require_equal(seed) for seed in range(12)]
    assert sum(changed for _, changed in found) > 3
    assert {rule.third_factors for rule, _ in found} == {False, True}
    assert {rule.epoch for rule, _ in found} == {1, 2, 3}


@pytest.mark.parametrize("epoch", [2, 3])
def test_a_product_of_a_spike_reads_traces_where_the_spike_fell(epoch):
    traces = {"x1_impulse": 80.0, "x1_tau": 1.5, "y1_impulse": 60.0, "y1_tau": 1.5}
    rule = Plasticity(dw="2^-3 * y0 * x1 - 2^-3 * x0 * y1", **traces, epoch=epoch)
    _, changed = require_equal(3, rule=rule)
    assert changed


@pytest.mark.slow
def test_many_more_random_rules():
    for seed in range(1000, 1200):
        require_equal(seed, steps=24)


def test_lava_is_not_asked_for_what_it_lacks():
    rule = Plasticity(dw="x0 * y1", rounding="per_synapse")
    with pytest.raises(LimitError, match="rounding = 'per_synapse'"):
        LavaLearning(rule, np.zeros((1, 1)))
