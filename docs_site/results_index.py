"""results/index: every page of results by what it shows, with its command, date and duration."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from docs_site.tables import table

RESULTS = Path(__file__).parent.parent / "docs" / "results"
COMMAND = re.compile(r"`(python -m (?:benchmarks|spikeff|tests\.mutations)[^`]*)`")
# Page: what it shows, and about how long its command takes on two cores.
CLAIMS = {
    "mnist": ("97.2 to 99.1 % on MNIST with local learning; backprop beside it", "3 h"),
    "equal_terms": ("Backprop on the same terms is a quarter of a point better", "1 h"),
    "time_alone": (
        "Networks that learn by excess answer by time alone, those that learn by pairs hardly",
        "15 min",
    ),
    "delays": ("Learned delays gain 20 points over none on two tasks that need them", "20 min"),
    "matched_counts": (
        "Agreement beats rate where no neuron hears both of what must meet",
        "15 min",
    ),
    "yin_yang": ("Two layers learn Yin-Yang better than one", "15 min"),
    "frugal_seeds": ("How far `mnist-frugal-pairs` comes back with other seeds", "15 min"),
    "presets": ("Small presets through the whole pipeline: no mismatch in any simulator", "15 min"),
    "agreement_map": ("Where agreement beats rate, and where it measures rate", "hours"),
    "learning_engine": (
        "The learning engine takes 1/85 of the time of Lava's LearningDense for Forward-Forward",
        "5 min",
    ),
    "teaching": (
        "Students on the chip beat a teacher who learned from 30 to 50 % wrong labels",
        "10 min",
    ),
    "mortal_devices": ("What weights from the ideal model lose on devices with mismatch", "5 min"),
    "running_excess": (
        "The excess of coincidences learned online, with a running average",
        "15 min",
    ),
    "other_rules": ("Rules of others on the same network: csdp, predictive_ff", "5 min"),
    "top_down": ("What a glyph means comes down from above; baselines beside it", "20 min"),
    "rate_free": ("Tasks whose input counts say nothing are learned from spike timing", "3 min"),
    "spike_limits": ("One spike per neuron, two, three, or any number", "15 min"),
    "layer_totals": ("A budget of spikes hides from layer 2 how much layer 1 fired", "15 min"),
    "black_box": ("Layers learn behind a circuit that nobody can differentiate", "10 min"),
    "sleepless": ("Without sleep a trained network is lost within a hundred batches", "1 min"),
    "asleep": ("On MNIST phases of 128 batches awake, then asleep, lose nothing", "1 h"),
    "text": ("The next character of fables: 53 % by negatives of two kinds", "1 h"),
    "dreams": (
        "Without labels, from dreams: 96.6 % by a linear readout, 96.3 without learning",
        "30 min",
    ),
    "local_fields": ("CIFAR-10 with local fields: 53.4 %, backprop 58.7", "30 min"),
    "phases": ("Positives and negatives may be up to 16 batches apart", "20 min"),
    "training": ("Training curves of the MNIST presets", "with mnist"),
    "parity": ("No spike, u or v differs in 10,500 random integer networks", "4 min"),
    "continuous_time": ("The discrete network approaches continuous time", "1 min"),
    "mutations": ("Tests notice each of the listed mistakes in the models", "minutes"),
    "quantisation": ("8 bits cost less than 0.3 points in each preset; 6, 4 and 2 bits", "30 min"),
    "on_chip_readout": ("A readout of neurons gives the same labels as the host", "10 min"),
    "frugality": ("Accuracy against estimated dynamic energy", "40 min"),
    "emulator_speed": ("The emulator is over 100 times as fast as Lava's simulation", "10 min"),
    "inner_loop": ("Compiled loops beside the NumPy path, bare rows and dense products", "10 min"),
    "many_workers": ("What 8, 64 and 1024 workers would bring, and what breaks first", "5 min"),
    "gpu_speed": ("Emulator and training by torch, on a GPU where there is one", "10 min"),
    "emulator_scaling": ("How the emulator's time and memory grow with the net", "10 min"),
    "test_set": ("Time and memory of MNIST's test set on the emulator", "5 min"),
    "elsewhere": (
        "Networks of snnTorch spike here as there, and lose nothing in 8 bits",
        "15 min, without their training",
    ),
    "imports": ("A NIR file becomes integers and joules in seconds", "1 min"),
    "training_speed": (
        "One presentation learns faster than by backprop, in less memory",
        "20 min",
    ),
    "time_to_accuracy": ("97 and 98 % on MNIST: sooner than backprop, and later", "35 min"),
    "training_profile": ("Which functions the time of training goes to", "1 min"),
}


def results() -> str:
    """One row for each page, in the order of the claims."""
    rows = []
    for name, (claim, duration) in CLAIMS.items():
        text = (RESULTS / f"{name}.md").read_text("utf-8")
        title, command = text.splitlines()[0].removeprefix("# "), COMMAND.search(text)
        shown = f"`{command[1]}`" if command else ""
        rows.append((claim, f"[{title}]({name}.md)", shown, dates(name), duration))
    return table(("what it shows", "page", "made by", "figures of", "takes about"), rows)


def dates(name: str) -> str:
    """When the figures of a page came about; empty where they have no file of their own."""
    path = RESULTS / f"{name}.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
    about = kept.get("about", []) if isinstance(kept, dict) else []
    made: list[dict[str, Any]] = about if isinstance(about, list) else [about]
    return ", ".join(dict.fromkeys(m.get("added", m)["date"] for m in made))
