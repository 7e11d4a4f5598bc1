"""What the tests run in place of a page's commands: the same commands, on less.

Nothing else is changed. A command that fits none of these tables runs as it stands on the page.
"""

# Presets, by a configuration that starts from the preset and has a smaller network.
SMALLER = """
preset = "{preset}"
network.layers = [{neurons}]
network.layer_defaults.column_size = {column}
"""
PRESETS = {
    "digits": SMALLER.format(preset="digits", neurons=40, column=4),
    "mnist-dream": SMALLER.format(preset="mnist-dream", neurons=40, column=4),
    "mnist-once": SMALLER.format(preset="mnist-once", neurons=40, column=4),
    "context": """
preset = "context"
network.layers = [
    {neurons = 40, connectivity = {kind = "local_fields", source_shape = [1, 24, 8], \
out_channels = 40, kernel = [8, 8], stride = [24, 8]}},
    {neurons = 40, read = false},
]
""",
}

# Options that take the place of the page's own, or are added to them.
OPTIONS = {
    "train": {"--epochs": "2"},
    "demo": {"--epochs": "1"},
    "eval": {"--samples": "30"},
    "check": {"--samples": "1"},
    "run": {"--samples": "3"},
    "energy": {"--samples": "4"},
    "report": {"--samples": "4", "--check": "1"},
    "bundle": {"--samples": "2"},
    "tune": {"--epochs": "1", "--trials": "2"},
}

# Words that stand for something of the reader's own, and what stands in for it; a pattern for the
# first file that fits.
WORDS = {
    "FILE": "zoo:digits",
    "RUN": "runs/digits",
    "PRESET|FILE|RUN": "digits",
    "DIR": "images",  # a folder of IDX files, written by the tests
    "RECORDINGS": "recordings",
    "runs/search/front/trial-11.toml": "runs/search/front/*.toml",
}

# Pages that go on from a run that another page trained.
NEEDS_RUN = ("docs/quantisation.md", "docs/capacity.md", "docs/nir.md", "docs/energy.md")

# Pages whose own code says how well is learned: they train on all digits.
WELL_LEARNED = ("docs/how-to/own-goodness.md",)

# Names that a page's Python takes as given.
GIVEN = {
    "README.md": (
        "from sklearn.datasets import load_digits\n"
        "X, y = load_digits(return_X_y=True)\n"
        "X = X / 16\n"
        "X, X_test, y, y_test = X[:200], X[200:300], y[:200], y[200:300]\n"
    ),
}

# Numbers in a page's Python, and smaller ones.
NUMBERS = {
    "README.md": {
        "epochs=10,": "epochs=1,",
        "SpikeFFClassifier(random": "SpikeFFClassifier(epochs=2, random",
    },
    "docs/how-to/python.md": {":1200]": ":150]", "1200:]": "1200:1230]", "epochs=10,": "epochs=2,"},
    "docs/how-to/callbacks.md": {"epochs=3,": "epochs=1,"},
}

# Commands that only work with an extra; without it, they must say so.
EXTRAS = {"spikeff data shd": ("tonic", "spikeff[events]")}

# Benchmarks take minutes to hours. These run with other arguments, into a folder of the test; the
# arguments of all others are parsed by their own parser.
EXPERIMENT = ["--smallest", "--out", "raw", "--results", "results"]
BENCHMARKS = {
    "benchmarks.parity": ["--networks", "3", "--runtime", "0", "--brian2", "1"],
    "benchmarks.experiments growing_agreement": ["growing_agreement", *EXPERIMENT],
    "benchmarks.experiments continuous_time": ["continuous_time", *EXPERIMENT],
}

# Lines that set up what the tests already run in.
ELSEWHERE = (". .venv/bin/activate",)

# Files that run where a library is installed that the project does not ask for.
LIBRARIES = {
    f"python docs/how-to/elsewhere/{library.replace('-', '_')}_net.py": library
    for library in ("snntorch", "sinabs", "spikingjelly", "rockpool", "lava-dl")
}
