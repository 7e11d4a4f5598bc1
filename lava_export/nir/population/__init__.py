"""A NIR node's neurons: their constants, by time constants, and as stock neurons."""
