"""Integer networks on targets, and their answers."""
