"""Which core holds what, and whether a chip holds it at all."""
