"""Places in the repository."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
NIR_FILES = ROOT / "tests" / "fixtures" / "nir"
NETX_FILES = ROOT / "tests" / "fixtures" / "netx"
WRITTEN_BY_0_1 = ROOT / "tests" / "golden" / "written_by_0_1"
# Files of the NIR paper (github.com/neuromorphs/NIR), which are not part of this repository.
NIR_PAPER = Path(os.environ.get("SPIKEFF_NIR_PAPER", ROOT.parent / "shared" / "data" / "nir_paper"))
# Recordings of the Free Spoken Digit Dataset, likewise.
SPOKEN_DIGITS = Path(
    os.environ.get("SPIKEFF_SPOKEN_DIGITS", ROOT.parent / "shared" / "data" / "spoken_digits")
)
