"""Places in the repository."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
NIR_FILES = ROOT / "tests" / "fixtures" / "nir"
WRITTEN_BY_0_1 = ROOT / "tests" / "golden" / "written_by_0_1"
