"""Integer and float networks as graphs of Lava processes."""
