"""Examples at the end of every command's help."""

from __future__ import annotations

EXAMPLES = {
    "train": (
        "spikeff train --preset digits --out runs/digits",
        "spikeff train --config mine.toml --data mydata --out runs/mine",
        "spikeff train --out runs/digits --resume",
        "spikeff train --on-chip --preset digits-onchip --out runs/chip",
    ),
    "distil": (
        "spikeff distil zoo:digits --out student.safetensors",
        "spikeff distil runs/digits --out student.safetensors --students 4",
    ),
    "eval": (
        "spikeff eval runs/digits",
        "spikeff eval runs/digits --jitter 1 --samples 100",
        "spikeff eval zoo:digits",
    ),
    "sample": (
        "spikeff sample runs/dream --out samples.png",
        "spikeff sample runs/aesop --characters 500 --json",
    ),
    "check": (
        "spikeff check runs/digits --samples 4",
        "spikeff check zoo:digits --samples 1",
        "spikeff check theirs.net --spikes in.npz --expected out.npz",
    ),
    "export": (
        "spikeff export runs/digits --out digits.safetensors",
        "spikeff export runs/digits --out digits.safetensors --bits 4 --chip loihi2",
    ),
    "run": (
        "spikeff run zoo:digits",
        "spikeff run digits.safetensors --target lava --samples 32",
        "spikeff run zoo:digits --target device --seed 1 --mismatch 0.2",
    ),
    "capacity": (
        "spikeff capacity zoo:digits",
        "spikeff capacity large.safetensors --board nahuku-32 --json",
    ),
    "energy": (
        "spikeff energy zoo:digits",
        "spikeff energy digits.safetensors --table truenorth --compare ann",
        "spikeff energy zoo:digits --samples 20 --profile",
    ),
    "report": (
        "spikeff report runs/digits",
        "spikeff report runs/digits --samples 100 --out digits.html",
    ),
    "bundle": ("spikeff bundle zoo:digits --out job.zip --samples 10",),
    "to-nir": ("spikeff to-nir runs/digits --out digits.nir",),
    "from-nir": (
        "spikeff from-nir theirs.nir --out theirs.safetensors --dt 1e-3 --steps 50",
        "spikeff from-nir theirs.nir --out theirs.safetensors --spikes samples.npz",
    ),
    "from-netx": (
        "spikeff from-netx network.net --out theirs.safetensors",
        "spikeff from-netx network.net --out theirs.net --steps 100 --chip loihi2",
    ),
    "data": (
        "spikeff data mnist --out mnist",
        "spikeff data shd --from recordings --download --steps 50 --out shd",
    ),
    "tune": (
        "spikeff tune --preset digits --out runs/search --trials 20",
        "spikeff tune --out runs/search --resume",
    ),
    "targets": ("spikeff targets", "spikeff targets --json"),
    "zoo": ("spikeff zoo", "spikeff run zoo:digits"),
    "tables": ("spikeff tables", "spikeff energy zoo:digits --table truenorth"),
    "presets": ("spikeff presets", "spikeff config show digits"),
    "demo": ("spikeff demo", "spikeff demo --epochs 5 --out runs/quick"),
    "config show": (
        "spikeff config show digits",
        "spikeff config show runs/digits",
    ),
    "config space": ("spikeff config space digits",),
}


def epilog(name: str) -> str:
    """The examples of a command, each in a line of its own."""
    return "\n\n".join(("Examples:", *EXAMPLES[name]))
